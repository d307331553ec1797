import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { Turns } from "../../src/engine/core/turns.ts";
import { createMock, type Mock, type MockSettings } from "../../src/mock/mock.ts";
import { eventually } from "../support/browser.ts";
import { Program } from "../support/program.ts";
import { Raw } from "../support/raw.ts";
import { start, type TestServer } from "../support/server.ts";

const KEY = { authorization: "Bearer any", "content-type": "application/json" };
const CHAT = "/v1/chat/completions";
/** Asks for all that there is, as quickly as can be. */
const ALL = {
  model: "gpt-4o",
  stream: true,
  stream_options: { include_usage: true },
  max_tokens: Number.MAX_SAFE_INTEGER,
  mock: { ttft_ms: 0, tokens_per_second: 10_000 },
};
const says = (content: string) => [{ role: "user", content }];

const QUICK = { ttftMs: 0, tokensPerSecond: 10_000_000, jitter: 0 };
const mockOf = (settings: Partial<MockSettings> = {}) => createMock({ ...QUICK, ...settings });

function ask(mock: Mock, prompt: string, more: object = {}): Promise<Response> {
  const body = JSON.stringify({ model: "gpt-4o", messages: says(prompt), ...more });
  return mock(`http://mock${CHAT}`, { method: "POST", headers: KEY, body });
}

/** Milliseconds of the processor's since then. */
function spent(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

describe("one answer", () => {
  test("has a most of tokens, whatever its request asks for", async () => {
    const text = await (await ask(mockOf(), "/endless", { ...ALL, mock: {} })).text();
    expect(text).toContain('"finish_reason":"length"');
    expect(text).toContain('"completion_tokens":65536');
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    const whole = await (await ask(mockOf(), "/endless", { max_tokens: Number.MAX_SAFE_INTEGER })).json();
    expect(whole).toMatchObject({ choices: [{ finish_reason: "length" }], usage: { completion_tokens: 16_384 } });
  });

  test("has a most of time: it is cut short, and its place is free", async () => {
    const mock = mockOf({ longestMs: 50, most: 1 });
    const slow = { mock: { tokens_per_second: 1, jitter: 0 } };
    const { choices } = await (await ask(mock, "/long", slow)).json();
    expect(choices[0]).toMatchObject({ finish_reason: "length", message: { content: "##" } });
    expect((await ask(mock, "hello")).status).toBe(200);
  });

  test("that stalls is lost when its time is over", async () => {
    const mock = mockOf({ longestMs: 50, most: 1 });
    await expect((await ask(mock, "/stall", { stream: true })).text()).rejects.toThrow("the connection was lost");
    await expect(ask(mock, "/stall")).rejects.toThrow("the connection was lost");
    expect((await ask(mock, "hello")).status).toBe(200);
  });

  test("whose reader does not read is over when its time is", async () => {
    const mock = mockOf({ longestMs: 50, most: 1 });
    const { body } = await ask(mock, "/endless", { stream: true });
    expect((await ask(mock, "hello")).status).toBe(429);
    await eventually(
      async () => (await ask(mock, "hello")).status,
      (status) => status === 200,
    );
    await expect(body!.getReader().read()).rejects.toThrow("the connection was lost");
  });

  test.each([
    ["a word", "/", "a"],
    ["letters", "", "a"],
    ["spaces", "hello", " "],
    ["line ends", "/table", "\n"],
    ["signs", "", "\u{1f642}"],
  ])("to a megabyte of %s costs no more than reading it", async (_, head, letter) => {
    const mock = mockOf();
    const prompt = head + letter.repeat(450_000 / Buffer.byteLength(letter));
    await ask(mock, "hello"); // what is compiled once is not counted
    const before = process.cpuUsage();
    const { usage, choices } = await (await ask(mock, prompt, { seed: 1 })).json();
    expect(spent(before)).toBeLessThan(400);
    expect(usage.prompt_tokens).toBeGreaterThan(50_000);
    expect(choices[0].message.content.length).toBeLessThan(10_000);
  });
});

test("all answers together leave the event loop to others again and again", async () => {
  const turns = new Turns();
  let looks = 0;
  const before = process.cpuUsage();
  const busy = () => spent(before) < 300;
  const others = (async () => {
    for (; busy(); looks++) await turnOfTheLoop();
  })();
  const answers = Array.from({ length: 50 }, async () => {
    while (busy()) await turns.take();
  });
  await Promise.all([others, ...answers]);
  expect(looks).toBeGreaterThan(10);
});

describe("one address", () => {
  let server: TestServer;
  afterEach(() => server.close());

  function stall(): Raw {
    const body = JSON.stringify({ model: "gpt-4o", stream: true, messages: says("/stall"), mock: { ttft_ms: 0 } });
    const head = [`POST ${CHAT} HTTP/1.1`, "Host: localhost", ...Object.entries(KEY).map((pair) => pair.join(": "))];
    return new Raw(server.port).send(...head, `Content-Length: ${body.length}`, "", body);
  }

  test("has so many requests under way and no more, and the chat has places of its own", async () => {
    server = await start();
    const stalled = Array.from({ length: 32 }, stall);
    for (const one of stalled) await one.until("assistant");
    const refused = await fetch(`${server.url}/v1/models`, { headers: KEY });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
    expect(await refused.json()).toMatchObject({ error: { type: "requests", code: "rate_limit_exceeded" } });
    stalled[0]!.socket.destroy();
    await eventually(
      async () => (await fetch(`${server.url}/v1/models`, { headers: KEY })).status,
      (status) => status === 200,
    );
    for (const one of stalled) one.socket.destroy();
  });
});

describe("the whole server", () => {
  let program: Program;
  afterEach(() => program.dispose());

  test("answers all others while such answers run, stays small, and goes when it is told to", async () => {
    program = new Program({});
    await program.start();
    const body = JSON.stringify({ ...ALL, messages: says("/endless") });
    const read = async () => {
      const response = await fetch(program.origin + CHAT, { method: "POST", headers: KEY, body });
      if (response.status === 200) for await (const _ of response.body!);
      return response.status;
    };
    const statuses = Promise.allSettled(Array.from({ length: 50 }, read));
    for (let i = 0; i < 20; i++) expect((await fetch(`${program.origin}/healthz`)).status).toBe(200);
    const held = program.megabytes;
    console.log(`fifty endless answers at once: 20 of 20 others answered, ${Math.round(held)} MB held`);
    expect(held).toBeLessThan(512);
    expect(await program.stop("SIGTERM")).toBe(0);
    const ends = await statuses;
    expect(ends.filter((end) => end.status === "fulfilled" && end.value === 429)).toHaveLength(18);
    expect(program.complaints).toBe("");
  });

  test("has no mock in production, nor an answer in its chat, unless it is asked for", async () => {
    program = new Program({}, { env: { NODE_ENV: "production", PUBLISH: "open" } });
    await program.start();
    const nothing = await fetch(`${program.origin}/v1/models`, { headers: KEY });
    expect(nothing.status).toBe(404);
    expect(nothing.headers.get("access-control-allow-origin")).toBeNull();
    expect(nothing.headers.get("content-type")).toBe("application/problem+json");
    expect((await fetch(program.origin + CHAT, { method: "POST", headers: KEY, body: "{}" })).status).toBe(404);
    expect(await (await fetch(`${program.origin}/chat`)).text()).toContain("Nobody answers.");
  });

  test.each([
    ["on", "production", 200],
    ["off", "development", 404],
  ])("has one where MOCK=%s says so, whatever NODE_ENV is", async (MOCK, NODE_ENV, status) => {
    program = new Program({}, { env: { NODE_ENV, MOCK, PUBLISH: "open" } });
    await program.start();
    expect((await fetch(`${program.origin}/v1/models`, { headers: KEY })).status).toBe(status);
    const page = await (await fetch(`${program.origin}/chat`)).text();
    expect(page.includes("Nobody answers.")).toBe(status === 404);
  });
});
