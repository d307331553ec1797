import { request } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMock } from "../../src/mock/mock.ts";
import { start, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await start({ mock: createMock({ ttftMs: 0, tokensPerSecond: 100_000 }) });
});
afterAll(() => server.close());

const KEY = { authorization: "Bearer any", "content-type": "application/json" };
const GOOD = { model: "brooklet-mock", messages: [{ role: "user", content: "hello" }] };
const CHAT = "/v1/chat/completions";

function send(body: unknown, { path = CHAT, method = "POST", headers = KEY as Record<string, string> } = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(server.url + path, { method, headers, ...(/GET|HEAD|OPTIONS/.test(method) ? {} : { body: text }) });
}

/** What every refusal has. @returns its error */
async function refusal(response: Response) {
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{32}$/);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  const { error, ...rest } = await response.json();
  expect(rest).toEqual({});
  expect(Object.keys(error).sort()).toEqual(["code", "message", "param", "type"]);
  expect(error.message).toMatch(/^[A-Z].*\.$/);
  expect(error.message).not.toMatch(/ at \S+:\d|\.ts\b|node_modules/);
  return { status: response.status, ...error };
}

describe("is refused in OpenAI's own words:", () => {
  const message = (fields: object) => ({ ...GOOD, messages: [GOOD.messages[0], fields] });

  test.each<[string, unknown, number, string, string | null]>([
    ["JSON that is none", "{", 400, "json_invalid", null],
    ["nothing", "", 400, "json_invalid", null],
    ["bytes that are no object", "[]", 400, "invalid_type", ""],
    ["no model", { messages: GOOD.messages }, 400, "missing_required_parameter", "model"],
    ["no messages", { model: GOOD.model }, 400, "missing_required_parameter", "messages"],
    ["an empty list of messages", { ...GOOD, messages: [] }, 400, "invalid_type", "messages"],
    ["messages of another type", { ...GOOD, messages: "hi" }, 400, "invalid_type", "messages"],
    ["a message that is none", { ...GOOD, messages: [7] }, 400, "invalid_type", "messages[0]"],
    ["a message without a role", message({ content: "" }), 400, "missing_required_parameter", "messages[1].role"],
    ["a role that there is not", message({ role: "boss", content: "" }), 400, "invalid_type", "messages[1].role"],
    ["a content of another type", message({ role: "user", content: 7 }), 400, "invalid_type", "messages[1].content"],
    ["no content", message({ role: "user" }), 400, "missing_required_parameter", "messages[1].content"],
    [
      "a part of another type",
      message({ role: "user", content: [{ type: "text", text: 7 }] }),
      400,
      "invalid_type",
      "messages[1].content[0].text",
    ],
    [
      "a tool's answer to nothing",
      message({ role: "tool", content: "" }),
      400,
      "missing_required_parameter",
      "messages[1].tool_call_id",
    ],
    ["a model without a name", { ...GOOD, model: "" }, 400, "invalid_type", "model"],
    ["a model whose name is a text", { ...GOOD, model: "x".repeat(201) }, 400, "invalid_type", "model"],
    ["too many stops", { ...GOOD, stop: ["a", "b", "c", "d", "e"] }, 400, "invalid_type", "stop"],
    ["an empty stop", { ...GOOD, stop: "" }, 400, "invalid_type", "stop"],
    ["likely tokens without their likelihood", { ...GOOD, top_logprobs: 2 }, 400, "invalid_type", "top_logprobs"],
    [
      "a format that there is not",
      { ...GOOD, response_format: { type: "xml" } },
      400,
      "invalid_type",
      "response_format.type",
    ],
    [
      "a format without its schema",
      { ...GOOD, response_format: { type: "json_schema", json_schema: { name: "x" } } },
      400,
      "missing_required_parameter",
      "response_format.json_schema.schema",
    ],
    [
      "a schema that nothing fits",
      { ...GOOD, response_format: { type: "json_schema", json_schema: { name: "x", schema: false } } },
      400,
      "invalid_json_schema",
      "response_format.json_schema.schema",
    ],
    [
      "a schema for too much",
      {
        ...GOOD,
        tools: [
          {
            type: "function",
            function: {
              name: "x",
              parameters: { type: "object", properties: { a: { type: "array", minItems: 1e9 } }, required: ["a"] },
            },
          },
        ],
        tool_choice: "required",
      },
      400,
      "invalid_json_schema",
      "tools[0].function.parameters",
    ],
    [
      "schemas that are too large",
      { ...GOOD, tools: [{ type: "function", function: { name: "x", description: "x".repeat(200_000) } }] },
      400,
      "schemas_too_large",
      "tools",
    ],
    [
      "allowed tools that are not there",
      {
        ...GOOD,
        tool_choice: {
          type: "allowed_tools",
          allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "x" } }] },
        },
      },
      400,
      "invalid_type",
      "tool_choice.allowed_tools.tools[0].function.name",
    ],
    ["several choices", { ...GOOD, n: 2 }, 400, "unsupported_value", "n"],
    ["a stream that is no boolean", { ...GOOD, stream: "yes" }, 400, "invalid_type", "stream"],
    ["no room for an answer", { ...GOOD, max_tokens: 0 }, 400, "invalid_type", "max_tokens"],
    ["a temperature too high", { ...GOOD, temperature: 3 }, 400, "invalid_type", "temperature"],
    [
      "a tool without a name",
      { ...GOOD, tools: [{ type: "function", function: {} }] },
      400,
      "missing_required_parameter",
      "tools[0].function.name",
    ],
    ["a choice of no tools", { ...GOOD, tool_choice: "required" }, 400, "invalid_type", "tool_choice"],
    ["a pace too slow", { ...GOOD, mock: { tokens_per_second: 0 } }, 400, "invalid_type", "mock.tokens_per_second"],
  ])("%s", async (_, body, status, code, param) => {
    const error = await refusal(await send(body));
    expect(error).toMatchObject({ status, code, param, type: "invalid_request_error" });
  });

  test.each<[string, object, string]>([
    ["no input", { model: "gpt-5" }, "input"],
    ["input of another type", { model: "gpt-5", input: 7 }, "input"],
    [
      "a response before this one",
      { model: "gpt-5", input: "hi", previous_response_id: "resp_1" },
      "previous_response_id",
    ],
  ])("a response with %s", async (_, body, param) => {
    expect(await refusal(await send(body, { path: "/v1/responses" }))).toMatchObject({ status: 400, param });
  });

  test.each([
    ["no key", { "content-type": "application/json" }, 401, "missing_api_key"],
    ["a key that is none", { ...KEY, authorization: "Basic YTpi" }, 401, "missing_api_key"],
    ["a key that says so", { ...KEY, authorization: "Bearer sk-invalid" }, 401, "invalid_api_key"],
    ["a form", { ...KEY, "content-type": "application/x-www-form-urlencoded" }, 415, "unsupported_content_type"],
    ["a compressed body", { ...KEY, "content-encoding": "gzip" }, 415, "encoding_unsupported"],
  ])("%s", async (_, headers, status, code) => {
    expect(await refusal(await send(GOOD, { headers }))).toMatchObject({ status, code });
  });

  test.each<[string, unknown, string]>([
    ["nothing", undefined, "input"],
    ["an empty text", "", "input"],
    ["no texts", [], "input"],
    ["too many texts", Array(2_049).fill("x"), "input"],
    ["texts and tokens", ["x", 7], "input"],
  ])("an embedding of %s", async (_, input, param) => {
    const error = await refusal(await send({ model: "m", input }, { path: "/v1/embeddings" }));
    expect(error).toMatchObject({ status: 400, param });
  });

  test("an embedding of too many dimensions", async () => {
    const response = await send({ model: "m", input: "x", dimensions: 3_073 }, { path: "/v1/embeddings" });
    expect(await refusal(response)).toMatchObject({ status: 400, param: "dimensions" });
  });

  test.each([
    ["1 MiB of text", "x".repeat(1024 * 1024)],
    ["20 MiB with a picture", `data:image/png;base64,${"A".repeat(20 * 1024 * 1024)}`],
  ])("a body over %s, declared or not", async (_, content) => {
    const large = JSON.stringify({ ...GOOD, messages: [{ role: "user", content }] });
    expect(await refusal(await send(large))).toMatchObject({ status: 413, code: "body_too_large" });
    const direct = createMock()(`http://mock${CHAT}`, { method: "POST", headers: KEY, body: large });
    expect(await refusal(await direct)).toMatchObject({ status: 413, code: "body_too_large" });
  });

  test.each([
    ["GET", CHAT, "POST"],
    ["DELETE", "/v1/responses", "POST"],
    ["POST", "/v1/models", "GET"],
    ["PUT", "/v1/models/gpt-4o", "GET"],
  ])("%s %s, which is told %s", async (method, path, allow) => {
    const response = await send(GOOD, { path, method });
    expect(response.headers.get("allow")).toBe(allow);
    expect(await refusal(response)).toMatchObject({ status: 405, code: "method_not_allowed" });
  });

  test("TRACE, which no fetch can send", async () => {
    const status = await new Promise((resolve, reject) => {
      request(server.url + CHAT, { method: "TRACE" }, ({ statusCode }) => resolve(statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(405);
  });

  test.each(["/v1", "/v1/", "/v1/completions", "/v1/chat/completions/", "/v1/models/%ff", "/v1/..%2f"])(
    "%s, where nothing is",
    async (path) => expect(await refusal(await send(GOOD, { path, method: "GET" }))).toMatchObject({ status: 404 }),
  );
});

test("whatever comes, the answer is one of OpenAI's: no crash, no stack, no 500", async () => {
  const loose = fc.record(
    {
      model: fc.oneof(fc.constant("gpt-4o"), fc.jsonValue()),
      messages: fc.oneof(
        fc.jsonValue(),
        fc.array(fc.record({ role: fc.constantFrom("user", "tool", "assistant"), content: fc.jsonValue() })),
      ),
      input: fc.jsonValue(),
      tools: fc.oneof(
        fc.jsonValue(),
        fc.array(
          fc.record({
            type: fc.constant("function"),
            function: fc.record({ name: fc.string(), parameters: fc.jsonValue() }),
          }),
        ),
      ),
      tool_choice: fc.oneof(fc.constantFrom("required", "auto"), fc.jsonValue()),
      stream: fc.oneof(fc.boolean(), fc.jsonValue()),
      max_tokens: fc.jsonValue(),
      seed: fc.jsonValue(),
      mock: fc.oneof(fc.constant({ ttft_ms: 0 }), fc.jsonValue()),
      stream_options: fc.jsonValue(),
      response_format: fc.oneof(
        fc.jsonValue(),
        fc.record({
          type: fc.constant("json_schema"),
          json_schema: fc.record({ name: fc.constant("x"), schema: fc.jsonValue() }),
        }),
      ),
      text: fc.record({ format: fc.jsonValue() }),
      stop: fc.oneof(fc.string(), fc.jsonValue()),
      logprobs: fc.boolean(),
      top_logprobs: fc.oneof(fc.nat(20), fc.jsonValue()),
      dimensions: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.jsonValue()),
    },
    { requiredKeys: ["model"] },
  );
  const statuses = new Set<number>();
  const path = fc.constantFrom(CHAT, "/v1/responses", "/v1/embeddings");
  const body = fc.oneof({ weight: 4, arbitrary: loose }, fc.jsonValue(), fc.string({ unit: "binary" }));
  await fc.assert(
    fc.asyncProperty(path, body, async (path, body) => {
      const response = await send(body, { path });
      statuses.add(response.status);
      if (response.status === 200) await response.text();
      else await refusal(response);
      expect([200, 400, 404]).toContain(response.status);
    }),
    { numRuns: 400 },
  );
  expect(statuses).toContain(400);
  expect(server.errors).toEqual([]);
});

describe("pages of other origins", () => {
  test("may ask beforehand, whatever headers the openai package sends", async () => {
    const headers = {
      origin: "https://elsewhere.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,x-stainless-os,x-stainless-retry-count",
    };
    const response = await send("", { method: "OPTIONS", headers });
    expect(response.status).toBe(204);
    const allowed = response.headers.get("access-control-allow-headers")!.split(", ");
    expect(allowed).toEqual(expect.arrayContaining(headers["access-control-request-headers"].split(",")));
    expect(response.headers.get("access-control-allow-methods")).toContain("POST");
  });

  test("reach nothing else that way, and no other name of this server's", async () => {
    const foreign = { origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" };
    expect((await send("text=x", { path: "/actions/feed", headers: foreign })).status).toBe(403);
    const rebound = await new Promise((resolve, reject) => {
      const headers = { ...KEY, host: "attacker.example" };
      request(server.url + CHAT, { method: "POST", headers }, ({ statusCode }) => resolve(statusCode))
        .on("error", reject)
        .end("{}");
    });
    expect(rebound).toBe(421);
  });
});
