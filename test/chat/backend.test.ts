import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Backend } from "../../src/chat/backend.ts";
import { Failure } from "../../src/chat/model.ts";
import type { Limits } from "../../src/chat/patience.ts";

const LIMITS = { firstMs: 1_000, stallMs: 1_000, wholeMs: 20_000, length: 1_000 };
const never = new AbortController().signal;

interface Served {
  readonly status?: number;
  readonly type?: string | null;
  /** Whether the connection stays open when all is said. */
  readonly open?: boolean;
  readonly limits?: Limits;
}

/** What a visitor gets of a service that answers with these bytes. */
async function heard(parts: AsyncIterable<string> | Iterable<string>, served: Served = {}) {
  const { status = 200, type = "text/event-stream", open = false, limits = LIMITS } = served;
  const body = new ReadableStream<Uint8Array>({
    async start(stream) {
      for await (const part of parts) stream.enqueue(new TextEncoder().encode(part));
      if (!open) stream.close();
    },
  });
  const fetch = async () => new Response(body, { status, headers: type === null ? {} : { "Content-Type": type } });
  const model = new Backend({ url: "http://model.invalid/v1", key: "s3cret", model: "m", fetch, limits });
  const got = {
    text: "",
    thinking: "",
    calls: [] as string[][],
    failure: undefined as string | undefined,
    cause: undefined as unknown,
  };
  try {
    for await (const more of model.answer([{ role: "user", content: "hi" }], never)) {
      if (more.kind === "call") got.calls.push([more.name, more.input]);
      else got[more.kind] += more.text;
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    Object.assign(got, { failure: error.message, cause: error.cause });
  }
  return got;
}

const chunk = (delta: unknown, finish_reason: unknown = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
const said = chunk({ content: "The answer is 42." });
const stop = chunk({}, "stop");
const done = "data: [DONE]\n\n";
const ANSWER = { text: "The answer is 42.", thinking: "", failure: undefined };

describe("a tool that is asked for is heard, with what", () => {
  const call = (index: number, called: object) => chunk({ tool_calls: [{ index, ...called }] });

  test.each<[string, string[], string[][]]>([
    [
      "in parts, of several at once",
      [
        call(0, { id: "a", type: "function", function: { name: "weather", arguments: "" } }),
        call(0, { function: { arguments: '{"city":' } }),
        call(1, { id: "b", type: "custom", custom: { name: "shell", input: "ls " } }),
        call(0, { function: { arguments: '"Paris"}' } }),
        call(1, { custom: { input: "-l" } }),
      ],
      [
        ["weather", '{\n  "city": "Paris"\n}'],
        ["shell", "ls -l"],
      ],
    ],
    ["as it was written of old", [chunk({ function_call: { name: "f", arguments: "{}" } })], [["f", "{}"]]],
    [
      "as an object",
      [chunk({ tool_calls: [{ function: { name: "f", arguments: { a: 1 } } }] })],
      [["f", '{\n  "a": 1\n}']],
    ],
    ["cut short", [call(0, { function: { name: "f", arguments: '{"a' } })], [["f", '{"a']]],
    [
      "of no shape at all",
      [chunk({ tool_calls: [null, 5] })],
      [
        ["", ""],
        ["", ""],
      ],
    ],
  ])("%s", async (_, parts, calls) => {
    const got = await heard([...parts, chunk({}, "tool_calls"), done]);
    expect(got).toMatchObject({ calls, failure: "The model asked for a tool, and there is none here." });
  });

  test("and of very many, or very long ones, the beginning", async () => {
    const parts = Array.from({ length: 40 }, (_, i) =>
      call(i, { function: { name: "f".repeat(500), arguments: "x".repeat(9_000) } }),
    );
    const { calls } = await heard([...parts, done]);
    expect(calls).toHaveLength(16);
    expect(calls[0]!.map(({ length }) => length)).toEqual([128, 4_000]);
  });
});

describe("an answer is heard", () => {
  test.each<[string, string[], Served?]>([
    [
      "from text that comes in parts",
      [
        chunk({ content: [{ type: "text", text: "The answer " }] }),
        chunk({
          content: [
            { type: "text", text: "is 42." },
            { type: "reference", reference_ids: [1] },
          ],
        }),
        stop,
        done,
      ],
    ],
    [
      "where each chunk has an empty finish_reason",
      [chunk({ content: "The answer " }, ""), chunk({ content: "is 42." }, ""), stop, done],
    ],
    ["where [DONE] is all that says that it is over", [said, done]],
    ["whose end the connection does not follow", [said, stop], { open: true }],
    ["as text/plain", [said, stop, done], { type: "text/plain; charset=utf-8" }],
    ["as JSON that is a stream", [said, stop, done], { type: "application/json" }],
    ["with a type in capitals", [said, stop, done], { type: "Text/Event-Stream" }],
    ["without a type", [said, stop, done], { type: null }],
    ["with carriage returns", [said, stop, done].map((text) => text.replaceAll("\n", "\r\n"))],
    ["without the space after the colon", [said, stop, done].map((text) => text.replace("data: ", "data:"))],
    [
      "of nulls and usage, too",
      [
        chunk({ role: null, content: null, tool_calls: null }),
        'data: {"choices":[{"index":0,"delta":null}]}\n\n',
        said,
        stop,
        'data: {"choices":null,"usage":{}}\n\n',
        done,
      ],
    ],
    [
      "as a message in place of its parts",
      ['data: {"choices":[{"message":{"content":"The answer is 42."},"finish_reason":"stop"}]}\n\n', done],
    ],
    [
      "as one object, from a service that does not stream",
      ['{"choices":[{"message":{"content":"The answer is 42."},"finish_reason":"stop"}]}'],
      { type: "application/json" },
    ],
    ["as a refusal of the model's", [chunk({ refusal: "The answer " }), chunk({ refusal: "is 42." }), stop, done]],
  ])("%s", async (_, parts, served) => expect(await heard(parts, served)).toMatchObject(ANSWER));

  test.each<[string, string[]]>([
    [
      "reasoning_content",
      [chunk({ content: null, reasoning_content: "Let me " }), chunk({ reasoning_content: "see." }), said, stop],
    ],
    ["reasoning", [chunk({ reasoning: "Let me see." }), said, stop]],
    [
      "parts of thinking",
      [chunk({ content: [{ type: "thinking", thinking: [{ type: "text", text: "Let me see." }] }] }), said, stop],
    ],
    [
      "a tag at its head",
      [..."<think>Let me see.</think>\n\nThe answer is 42."].map((content) => chunk({ content })).concat(stop),
    ],
  ])("apart from what the model thinks, in %s", async (_, parts) =>
    expect(await heard([...parts, done])).toMatchObject({ ...ANSWER, thinking: "Let me see." }),
  );

  test("though a tag comes later, or is none", async () => {
    const text = "Write <think> here, <thi";
    expect(await heard([chunk({ content: text }), stop, done])).toMatchObject({ text, thinking: "" });
    expect(await heard([chunk({ content: "<thi" }), stop, done])).toMatchObject({ text: "<thi" });
  });

  test.each([": PROCESSING\n\n", chunk({ reasoning_content: "step " })])(
    "after however long, while the service says that it is at work: %j",
    async (sign) => {
      const slow = async function* () {
        for (let i = 0; i < 6; i++) {
          yield sign;
          await sleep(100);
        }
        yield said + stop + done;
      };
      // Each pause is within the limits, and all of them are not.
      const limits = { ...LIMITS, firstMs: 400, stallMs: 400 };
      expect(await heard(slow(), { limits })).toMatchObject({ text: ANSWER.text, failure: undefined });
    },
  );
});

describe("an answer that is none, or has no end, says so", () => {
  const broke = "The model’s service broke off with an error.";
  test.each<[string, string[], string, Served?]>([
    ["a page", ["<html>login</html>"], "What came back was no answer of a model.", { type: "text/html" }],
    ["a stream of no JSON", ["data: hello\n\n"], "What came back was no answer of a model."],
    [
      "cut by length, behind reasons that are empty",
      [chunk({ content: "a" }, ""), chunk({}, "length"), done],
      "The model reached its limit of length, and cut its answer here.",
    ],
    ["ended by an error", [said, chunk({ content: "" }, "error"), done], broke],
    ["an error in its middle", [said, 'data: {"error":{"message":"Provider returned error","code":502}}\n\n'], broke],
    ["an error that is a text", [said, 'data: {"error":"thinking_budget is not supported"}\n\n'], broke],
    ["an event of that name", [said, 'event: error\ndata: {"message":"overloaded"}\n\n'], broke],
    ["a stream that ends without a word", [said], "The model’s answer broke off."],
    [
      "a call of a tool",
      [chunk({ tool_calls: [{ index: 0, function: { name: "f" } }] }), chunk({}, "tool_calls"), done],
      "The model asked for a tool, and there is none here.",
    ],
    ["nothing", [stop, done], "The model had nothing to say."],
    [
      "a status",
      ['{"error":{"message":"Incorrect API key: s3cret, sk-abc"}}'],
      "The model’s service does not let this server in (401).",
      { status: 401, type: "application/json" },
    ],
  ])("%s", async (_, parts, failure, served) => {
    const { cause, ...got } = await heard(parts, served);
    expect(got.failure).toBe(failure);
    expect(String(cause)).not.toMatch(/s3cret|sk-abc/);
  });

  test.each([
    ["Provider returned error", 'data: {"error":{"message":"Provider returned error"}}\n\n'],
    ["overloaded", 'event: error\ndata: {"message":"overloaded"}\n\n'],
  ])("and tells its operator what the service said: %s", async (words, error) =>
    expect((await heard([said, error])).cause).toBe(words),
  );
});

test("what the operator has it told comes before what was said", async () => {
  let sent: { messages?: unknown } = {};
  const fetch = async (_: unknown, init?: RequestInit) => {
    sent = JSON.parse(String(init?.body));
    return new Response(said + stop, { headers: { "Content-Type": "text/event-stream" } });
  };
  const model = new Backend({ url: "http://model.invalid/v1", key: undefined, model: "m", system: "Be brief.", fetch });
  for await (const _ of model.answer([{ role: "user", content: "hi" }], never));
  expect(sent.messages).toEqual([
    { role: "system", content: "Be brief." },
    { role: "user", content: "hi" },
  ]);
});
