import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateObject, streamObject } from "ai";
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { createMock } from "../../src/mock/mock.ts";
import { start, type TestServer } from "../support/server.ts";

const QUICK = { ttftMs: 0, tokensPerSecond: 10_000 };
const model = "a-name-of-our-own";
const says = (content: string) => [{ role: "user" as const, content }];

let server: TestServer;
let openai: OpenAI;
beforeAll(async () => {
  server = await start({ mock: createMock(QUICK) });
  openai = new OpenAI({ apiKey: "any", maxRetries: 0, baseURL: `${server.url}/v1` });
});
afterAll(() => server.close());

describe("tools", () => {
  const fn = (name: string) => ({ type: "function" as const, function: { name } });
  const tools = [fn("one"), fn("two"), fn("three")];
  const allowed = (mode: "auto" | "required") => ({
    type: "allowed_tools" as const,
    allowed_tools: { mode, tools: [fn("two")] },
  });

  test("some of them may be allowed, or one of those be required", async () => {
    const asked = { model, tools };
    const required = { ...asked, messages: says("hi"), tool_choice: allowed("required") };
    const [choice] = (await openai.chat.completions.create(required)).choices;
    expect(choice!.message.tool_calls).toMatchObject([{ function: { name: "two" } }]);
    const auto = await openai.chat.completions.create({ ...required, tool_choice: allowed("auto") });
    expect(auto.choices[0]!.message.tool_calls).toBeUndefined();
    const { output } = await openai.responses.create({
      model,
      input: "hi",
      tools: tools.map(({ function: { name } }) => ({
        type: "function" as const,
        name,
        parameters: {},
        strict: false,
      })),
      tool_choice: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "three" }] },
    });
    expect(output).toMatchObject([{ type: "function_call", name: "three", arguments: "{}" }]);
  });

  test("those that OpenAI runs itself are run nowhere: it answers without", async () => {
    const asked = { model, input: "hello", tools: [{ type: "web_search" as const }] };
    for (const tool_choice of ["required" as const, { type: "web_search_preview" as const }, "auto" as const]) {
      const response = await openai.responses.create({ ...asked, tool_choice });
      expect(response.output_text).not.toBe("");
      expect(response.tools).toEqual(asked.tools);
      expect(response.tool_choice).toEqual(tool_choice);
    }
  });

  test("one that takes any text is called with text, streamed and whole", async () => {
    const custom = { type: "custom" as const, custom: { name: "shell" } };
    const asked = { model, messages: says("/tool ls -l"), tools: [custom] };
    const whole = await openai.chat.completions.create({ ...asked, tool_choice: custom });
    expect(whole.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { content: null, tool_calls: [{ type: "custom", custom: { name: "shell", input: "ls -l" } }] },
    });
    let input = "";
    for await (const { choices } of await openai.chat.completions.create({ ...asked, stream: true })) {
      const [call] = (choices[0]!.delta.tool_calls ?? []) as unknown as { custom: { input: string } }[];
      input += call?.custom.input ?? "";
    }
    expect(input).toBe("ls -l");
  });

  test("so through responses, and what it says is answered", async () => {
    const tools = [{ type: "custom" as const, name: "shell" }];
    const stream = openai.responses.stream({ model, input: "/tool ls -l", tools });
    let input = "";
    stream.on("response.custom_tool_call_input.delta", ({ delta }) => {
      input += delta;
    });
    const [call] = (await stream.finalResponse()).output;
    expect(call).toMatchObject({ type: "custom_tool_call", name: "shell", input: "ls -l" });
    expect(input).toBe("ls -l");
    const said = { type: "custom_tool_call_output" as const, call_id: "call_1", output: "total 0" };
    const asked = { model, tools, tool_choice: "required" as const, input: [call!, said] as never };
    expect((await openai.responses.create(asked)).output_text).toContain("> total 0");
  });
});

const Person = z.object({
  name: z.string(),
  born: z.iso.date(),
  mail: z.email(),
  id: z.uuid(),
  mood: z.enum(["good", "bad"]),
  age: z.number().int().gt(17).lt(100),
  score: z.number().positive().max(1).nullable(),
  tags: z.array(z.string().min(2)).min(2).max(3),
  pair: z.union([z.object({ kind: z.literal("a"), a: z.string() }), z.object({ kind: z.literal("b"), b: z.number() })]),
  get friends() {
    return z.array(Person);
  },
});

describe("an answer that has to fit a schema", () => {
  test("is parsed by the openai package, and is what was asked for", async () => {
    const response_format = zodResponseFormat(Person, "person");
    const { choices } = await openai.chat.completions.parse({ model, messages: says("Ada"), response_format });
    expect(choices[0]!.message.parsed).toMatchObject({ name: "Ada", mood: "good", age: 18 });
    const streamed = openai.chat.completions.stream({ model, messages: says("Ada"), response_format });
    expect((await streamed.finalChatCompletion()).choices[0]!.message.parsed).toEqual(choices[0]!.message.parsed);
    const text = { format: zodTextFormat(Person, "person") };
    const response = await openai.responses.parse({ model, input: "Ada", text });
    expect(response.output_parsed).toEqual(choices[0]!.message.parsed);
    expect(response.text?.format).toMatchObject({ type: "json_schema", name: "person" });
  });

  test("is parsed by the ai package, whole and as it grows", async () => {
    const provider = createOpenAICompatible({
      name: "mock",
      baseURL: `${server.url}/v1`,
      apiKey: "any",
      supportsStructuredOutputs: true,
    });
    const asked = { model: provider(model), schema: Person, prompt: "Ada" };
    const { object } = await generateObject(asked);
    expect(Person.parse(object)).toMatchObject({ name: "Ada" });
    const streamed = streamObject(asked);
    let grown: unknown;
    for await (const part of streamed.partialObjectStream) grown = part;
    expect(grown).toEqual(object);
    expect(await streamed.object).toEqual(object);
  });

  test("is some object, where no schema says which", async () => {
    const response_format = { type: "json_object" as const };
    const { choices } = await openai.chat.completions.create({ model, messages: says("Ada"), response_format });
    expect(JSON.parse(choices[0]!.message.content!)).toEqual({ answer: "Ada" });
  });

  test("fails as any other does: with an error, or a lost connection", async () => {
    const response_format = zodResponseFormat(Person, "person");
    const asked = { model, response_format, mock: { tokens_per_second: 500 } };
    await expect(openai.chat.completions.parse({ ...asked, messages: says("/error 429") })).rejects.toThrow(
      /Rate limit/,
    );
    await expect(openai.chat.completions.parse({ ...asked, messages: says("/cut") })).rejects.toBeInstanceOf(
      OpenAI.APIConnectionError,
    );
    const short = { model, messages: says("/cut"), response_format: { type: "json_object" as const } };
    await expect(openai.chat.completions.create(short)).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
  });
});

describe("stop", () => {
  const asked = { model, messages: says("/table") };
  const text = async (stop?: string | string[]) => {
    const { choices } = await openai.chat.completions.create(stop === undefined ? asked : { ...asked, stop });
    expect(choices[0]!.finish_reason).toBe("stop");
    return choices[0]!.message.content!;
  };

  test.each(["Danube", "\n", "| Rh", "e", "never said", "a brook, by what they carry:\n\n|"])(
    "ends an answer before what it says: %j",
    async (stop) => {
      const whole = await text();
      expect(await text(stop)).toBe(whole.split(stop)[0]);
    },
  );

  test("takes the first of several, streamed, too", async () => {
    const whole = await text();
    expect(await text(["Amazon", "Danube", "no"])).toBe(whole.split("Danube")[0]);
    const streamed = openai.chat.completions.stream({ ...asked, stop: ["Amazon", "Danube"] });
    expect((await streamed.finalChatCompletion()).choices[0]!.message.content).toBe(whole.split("Danube")[0]);
  });
});

describe("how likely each token was", () => {
  const asked = { model, messages: says("/table"), logprobs: true, top_logprobs: 3 };

  test("is told for each, with the likeliest in its place, and alike streamed and whole", async () => {
    const { choices, usage } = await openai.chat.completions.create(asked);
    const { content } = choices[0]!.logprobs!;
    expect(content!.map(({ token }) => token).join("")).toBe(choices[0]!.message.content);
    expect(content).toHaveLength(usage!.completion_tokens);
    for (const { token, logprob, bytes, top_logprobs } of content!) {
      expect(Buffer.from(bytes!).toString()).toBe(token);
      expect(logprob).toBeLessThan(0);
      expect(top_logprobs).toHaveLength(3);
      expect(top_logprobs[0]).toEqual({ token, logprob, bytes });
      expect(top_logprobs.map((top) => Math.exp(top.logprob)).reduce((a, b) => a + b)).toBeLessThanOrEqual(1);
      expect(top_logprobs.map((top) => -top.logprob)).toEqual(
        top_logprobs.map((top) => -top.logprob).toSorted((a, b) => a - b),
      );
    }
    const streamed = await openai.chat.completions.stream(asked).finalChatCompletion();
    expect(streamed.choices[0]!.logprobs!.content).toEqual(content);
  });

  test("is told through responses, and to nobody who does not ask", async () => {
    const include = ["message.output_text.logprobs" as const];
    const { output } = await openai.responses.create({ model, input: "/table", include, top_logprobs: 2 });
    const [message] = output as unknown as {
      content: { text: string; logprobs: { token: string; top_logprobs: unknown[] }[] }[];
    }[];
    const [{ text, logprobs } = { text: "", logprobs: [] }] = message!.content;
    expect(logprobs.map(({ token }) => token).join("")).toBe(text);
    expect(logprobs.every(({ top_logprobs }) => top_logprobs.length === 2)).toBe(true);
    expect((await openai.chat.completions.create({ model, messages: says("hi") })).choices[0]!.logprobs).toBeNull();
  });
});

describe("embeddings", () => {
  const embed = async (input: string | string[] | number[], more: object = {}) =>
    (await openai.embeddings.create({ model: "text-embedding-3-small", input, ...more })).data.map(
      ({ embedding }) => embedding,
    );
  const near = ([a, b]: number[][]) => a!.reduce((sum, number, i) => sum + number * b![i]!, 0);

  test("are the same for the same text, in the order of the texts, and of length 1", async () => {
    const [one, two] = await embed(["a brook", "a river"]);
    expect([one, two]).toEqual([...(await embed("a brook")), ...(await embed("a river"))]);
    expect(near([one!, one!])).toBeCloseTo(1, 5);
    expect(await embed([1, 2, 3])).toHaveLength(1);
  });

  test("have the length that is asked for, or their model's", async () => {
    expect((await embed("a"))[0]).toHaveLength(1_536);
    expect((await embed("a", { model: "text-embedding-3-large" }))[0]).toHaveLength(3_072);
    expect((await embed("a", { dimensions: 7 }))[0]).toHaveLength(7);
  });

  test("are the same numbers as text and in base64", async () => {
    const [text] = await embed("a brook", { encoding_format: "float" });
    expect((await embed("a brook"))[0]).toEqual(text!.map(Math.fround));
  });

  test("are near for near texts, and far for others", async () => {
    const text = "The brook runs down to the sea";
    const to = async (other: string) => near(await embed([text, other]));
    expect(await to("the brook runs down to the sea!")).toBeGreaterThan(0.9);
    expect(await to("A brook ran down to a sea")).toBeGreaterThan(0.4);
    expect(Math.abs(await to("Quarterly invoices, please pay"))).toBeLessThan(0.2);
  });

  test("of 2,048 texts come whole", async () => {
    const texts = Array.from({ length: 2_048 }, (_, i) => `text number ${i}`);
    const { data, usage } = await openai.embeddings.create({ model, input: texts });
    expect(data.map(({ index }) => index)).toEqual(texts.map((_, i) => i));
    expect(usage.prompt_tokens).toBeGreaterThan(4_096);
  });
});
