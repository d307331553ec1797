import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMock } from "../../src/mock/mock.ts";
import { start, type TestServer } from "../support/server.ts";

const QUICK = { ttftMs: 0, tokensPerSecond: 100_000 };
const model = "brooklet-mock";
const says = (content: string) => [{ role: "user" as const, content }];
const WEATHER = {
  name: "weather",
  parameters: {
    type: "object",
    properties: { city: { type: "string" }, days: { type: "integer", minimum: 2 }, unit: { enum: ["C", "F"] } },
  },
};

let server: TestServer;
beforeAll(async () => {
  server = await start({ mock: createMock(QUICK) });
});
afterAll(() => server.close());

const settings = { apiKey: "any-key", maxRetries: 0 };
const overHttp = () => new OpenAI({ ...settings, baseURL: `${server.url}/v1` });
const inProcess = () => new OpenAI({ ...settings, baseURL: "http://mock/v1", fetch: createMock(QUICK) });

describe.each([
  ["over HTTP", overHttp],
  ["in the same process", inProcess],
])("the openai package, unchanged, %s", (_, open) => {
  test("streams: the role first, the text, why it ended, and what it used last of all", async () => {
    const stream = await open().chat.completions.create({
      model,
      messages: says("What is Brooklet?"),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const [first, ...rest] = chunks;
    const usage = rest.pop()!;
    const end = rest.pop()!;
    expect(first!.choices).toEqual([
      { index: 0, delta: { role: "assistant", content: "", refusal: null }, logprobs: null, finish_reason: null },
    ]);
    expect(rest.every(({ choices }) => choices[0]!.finish_reason === null && choices[0]!.delta.content !== "")).toBe(
      true,
    );
    expect(rest.map(({ choices }) => choices[0]!.delta.content).join("")).toMatch(/^\*\*Brooklet\*\* is a web page/);
    expect(end.choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: "stop" }]);
    expect(usage.choices).toEqual([]);
    expect(usage.usage!.total_tokens).toBe(usage.usage!.prompt_tokens + usage.usage!.completion_tokens);
    expect(usage.usage!.completion_tokens).toBeGreaterThanOrEqual(rest.length);
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(new Set(chunks.map(({ id, created, object }) => `${id} ${created} ${object}`)).size).toBe(1);
  });

  test("gets the same answer whole", async () => {
    const asked = { model, messages: says("Tell me a joke"), seed: 7 };
    const whole = await open().chat.completions.create(asked);
    const streamed = await open().chat.completions.stream(asked).finalChatCompletion();
    expect(whole.choices[0]!.message.content!.length).toBeGreaterThan(20);
    expect(streamed.choices[0]!.message.content).toBe(whole.choices[0]!.message.content);
    expect(streamed.id).toBe(whole.id);
    expect(whole).toMatchObject({ object: "chat.completion", model, choices: [{ finish_reason: "stop" }] });
  });

  test.each(["max_tokens", "max_completion_tokens"])("keeps to %s and says that it was cut short", async (limit) => {
    const asked = { model, messages: says("/long"), [limit]: 11 };
    const whole = await open().chat.completions.create(asked);
    expect(whole.choices[0]!.finish_reason).toBe("length");
    expect(whole.usage!.completion_tokens).toBe(11);
    const streamed = await open().chat.completions.stream(asked).finalChatCompletion();
    expect(streamed.choices[0]!.finish_reason).toBe("length");
  });

  test("a limit that is just reached cuts nothing short", async () => {
    const asked = { model, messages: says("/table") };
    const { usage } = await open().chat.completions.create(asked);
    const { choices } = await open().chat.completions.create({ ...asked, max_tokens: usage!.completion_tokens });
    expect(choices[0]!.finish_reason).toBe("stop");
  });

  test("has a tool called, streamed in pieces and whole, and answers what the tool said", async () => {
    const tools = [{ type: "function" as const, function: WEATHER }];
    const asked = { model, messages: says("/tool Paris"), tools, seed: 1 };
    const deltas = [];
    for await (const { choices } of await open().chat.completions.create({ ...asked, stream: true })) {
      deltas.push(choices[0]!.delta);
    }
    expect(deltas[0]).toMatchObject({
      role: "assistant",
      tool_calls: [{ index: 0, function: { name: "weather", arguments: "" } }],
    });
    expect(deltas.length).toBeGreaterThan(4);
    const whole = await open().chat.completions.create(asked);
    const { message, finish_reason } = whole.choices[0]!;
    expect(finish_reason).toBe("tool_calls");
    expect(message.content).toBeNull();
    const [call] = message.tool_calls!;
    expect(call).toMatchObject({ type: "function", function: { name: "weather" } });
    expect(call!.type === "function" && JSON.parse(call!.function.arguments)).toEqual({
      city: "Paris",
      days: 2,
      unit: "C",
    });
    const streamed = await open().chat.completions.stream(asked).finalChatCompletion();
    expect(streamed.choices[0]!.message.tool_calls).toMatchObject(message.tool_calls!);
    const said = { role: "tool" as const, tool_call_id: call!.id, content: "21 degrees" };
    const next = await open().chat.completions.create({ ...asked, messages: [...asked.messages, message, said] });
    expect(next.choices[0]).toMatchObject({
      finish_reason: "stop",
      message: { content: "The tool says:\n\n> 21 degrees" },
    });
  });

  test.each([
    ["required", "required" as const],
    ["a name", { type: "function" as const, function: { name: "weather" } }],
  ])("calls a tool where tool_choice is %s, and none where it is “none”", async (_, tool_choice) => {
    const tools = [
      { type: "function" as const, function: { name: "other" } },
      { type: "function" as const, function: WEATHER },
    ];
    const asked = { model, messages: says("/tool"), tools };
    const called = await open().chat.completions.create({ ...asked, tool_choice });
    const name = tool_choice === "required" ? "other" : "weather";
    expect(called.choices[0]!.message.tool_calls).toMatchObject([{ function: { name } }]);
    const none = await open().chat.completions.create({ ...asked, tool_choice: "none" });
    expect(none.choices[0]!.message.tool_calls).toBeUndefined();
  });

  test.each([
    ["/error 400", OpenAI.BadRequestError],
    ["/error 401", OpenAI.AuthenticationError],
    ["/error 404", OpenAI.NotFoundError],
    ["/error 429", OpenAI.RateLimitError],
    ["/error 500", OpenAI.InternalServerError],
    ["/error 503", OpenAI.InternalServerError],
  ])("throws for %s what it throws for OpenAI's", async (prompt, kind) => {
    for (const stream of [true, false]) {
      const error = await open()
        .chat.completions.create({ model, messages: says(prompt), stream })
        .then(
          () => undefined,
          (error) => error,
        );
      expect(error).toBeInstanceOf(kind);
      expect(error.status).toBe(Number(prompt.slice(-3)));
      expect(error.code).toMatch(/^[a-z_]+$/);
      expect(error.requestID).toMatch(/^req_[0-9a-f]{32}$/);
      expect(error.headers.get("retry-after")).toBe(error.status === 429 ? "1" : null);
    }
  });

  test("tries again after a 429, as it does with OpenAI's, and then gives up", async () => {
    const client = open().withOptions({ maxRetries: 1 });
    await expect(client.chat.completions.create({ model, messages: says("/error 429") })).rejects.toThrow(/Rate limit/);
  });

  test.each(["invalid", "sk-invalid"])("is refused with the key %s", async (apiKey) => {
    await expect(open().withOptions({ apiKey }).models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  test("lists the models, and finds one by its name", async () => {
    const ids = (await open().models.list()).data.map(({ id }) => id);
    expect(ids).toContain("brooklet-mock");
    for (const id of ids) expect(await open().models.retrieve(id)).toMatchObject({ id, object: "model" });
  });

  test.each(["gpt-99", "my/own model:7b"])("answers by any other name as well, such as %s", async (model) => {
    expect(await open().models.retrieve(model)).toMatchObject({ id: model, object: "model" });
    expect(await open().chat.completions.create({ model, messages: says("hi") })).toMatchObject({ model });
    expect(await open().responses.create({ model, input: "hi" })).toMatchObject({ model });
  });

  test("streams responses, event by event as its own helper expects them", async () => {
    const asked = { model, input: [{ role: "user" as const, content: "/code" }], instructions: "Be brief.", seed: 3 };
    const stream = open().responses.stream(asked);
    const events: { type: string; sequence_number: number }[] = [];
    stream.on("event", (event) => events.push(event));
    const streamed = await stream.finalResponse();
    const types = events.map(({ type }) => type.replace(/^response\./, ""));
    expect(types.filter((type, i) => type !== types[i - 1])).toEqual([
      "created",
      "in_progress",
      "output_item.added",
      "content_part.added",
      "output_text.delta",
      "output_text.done",
      "content_part.done",
      "output_item.done",
      "completed",
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, i) => i));
    const whole = await open().responses.create(asked);
    expect(whole.output_text).toMatch(/^Reading an event stream/);
    expect(streamed.output_text).toBe(whole.output_text);
    expect(streamed.usage).toEqual(whole.usage);
    expect(whole.status).toBe("completed");
  });

  test("calls a tool through responses, and hears what it said", async () => {
    const tools = [{ type: "function" as const, strict: false, ...WEATHER }];
    const asked = { model, input: "/tool Rome", tools };
    const stream = open().responses.stream(asked);
    let snapshot = "";
    stream.on("response.function_call_arguments.delta", (event) => {
      snapshot = event.snapshot;
    });
    const [call] = (await stream.finalResponse()).output;
    expect(call).toMatchObject({ type: "function_call", name: "weather", status: "completed", arguments: snapshot });
    expect(JSON.parse(snapshot)).toEqual({ city: "Rome", days: 2, unit: "C" });
    const said = { type: "function_call_output" as const, call_id: "call_1", output: "30 degrees" };
    expect((await open().responses.create({ ...asked, input: [said] })).output_text).toContain("> 30 degrees");
  });

  test("is told through responses that an answer was cut short", async () => {
    const asked = { model, input: "/long", max_output_tokens: 20 };
    const whole = await open().responses.create(asked);
    expect(whole).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
    const types = [];
    for await (const { type } of await open().responses.create({ ...asked, stream: true })) types.push(type);
    expect(types.at(-1)).toBe("response.incomplete");
  });

  test("sees its connection cut in mid-answer", async () => {
    // What arrives together with the cut is lost to it, so that the tokens take their time.
    const asked = { model, messages: says("/cut"), mock: { tokens_per_second: 200 } };
    const stream = await open().chat.completions.create({ ...asked, stream: true });
    let text = "";
    const read = async () => {
      for await (const { choices } of stream) text += choices[0]!.delta.content ?? "";
    };
    await expect(read()).rejects.toThrow();
    expect(text).toMatch(/^A brook rose/);
    const whole = open().chat.completions.create(asked);
    await expect(whole).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
  });
});
