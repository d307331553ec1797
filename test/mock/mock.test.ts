import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bodyOf } from "../../src/mock/body.ts";
import { createMock, type Mock, type MockSettings } from "../../src/mock/mock.ts";
import { countTokens, tokensOf } from "../../src/mock/tokens.ts";
import { eventually } from "../support/browser.ts";

const QUICK = { ttftMs: 0, tokensPerSecond: 100_000 };
const mockOf = (settings: Partial<MockSettings> = {}) => createMock({ ...QUICK, ...settings });

function ask(mock: Mock, prompt: string, more: object = {}, signal?: AbortSignal): Promise<Response> {
  return mock("http://mock/v1/chat/completions", {
    method: "POST",
    headers: { authorization: "Bearer any", "content-type": "application/json" },
    body: JSON.stringify({
      model: "brooklet-mock",
      messages: [{ role: "user", content: prompt }],
      stream: true,
      ...more,
    }),
    signal: signal ?? null,
  });
}

const bytes = async (mock: Mock, prompt: string, more: object = {}) => (await ask(mock, prompt, more)).text();

/** The text of a stream's events. */
function deltas(events: string): string[] {
  const chunks = [...events.matchAll(/^data: (\{.*\})$/gm)].map(([, json]) => JSON.parse(json!));
  return chunks.flatMap(({ choices }) => choices[0]?.delta.content || []);
}

describe("a seed", () => {
  test.each(["hello", "/long 500", "/unicode", "whatever else"])(
    "gives the same bytes again, for %s",
    async (prompt) => {
      const first = await bytes(mockOf({ jitter: 1 }), prompt, { seed: 7, stream_options: { include_usage: true } });
      expect(deltas(first).length).toBeGreaterThan(5);
      expect(first.endsWith("data: [DONE]\n\n")).toBe(true);
      expect(await bytes(mockOf({ jitter: 1 }), prompt, { seed: 7, stream_options: { include_usage: true } })).toBe(
        first,
      );
      const slower = { seed: 7, stream_options: { include_usage: true }, mock: { tokens_per_second: 3_000 } };
      expect(await bytes(mockOf({ jitter: 1 }), prompt, slower)).toBe(first);
    },
  );

  test("may be the mock's own; a request's own comes before it; another gives other bytes", async () => {
    const mine = await bytes(mockOf({ seed: 1 }), "/long 100");
    expect(await bytes(mockOf({ seed: 1 }), "/long 100")).toBe(mine);
    expect(await bytes(mockOf(), "/long 100", { seed: 1 })).toBe(mine);
    expect(await bytes(mockOf({ seed: 1 }), "/long 100", { seed: 2 })).not.toBe(mine);
    expect(await bytes(mockOf({ seed: 2 }), "/long 100")).not.toBe(mine);
  });

  test("without one, no two answers have the same id", async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => /chatcmpl-\w+/.exec(await bytes(mockOf(), "hello"))![0]));
    expect(new Set(ids).size).toBe(3);
  });
});

/** Half of a character that UTF-16 writes in two. */
const HALF = /\p{Cs}/u;

describe("pieces", () => {
  test("cut words, and no code point", async () => {
    const all = deltas(await bytes(mockOf({ jitter: 0 }), "/unicode"));
    expect(all.filter((piece, i) => /\p{L}$/u.test(piece) && /^\p{L}/u.test(all[i + 1] ?? "")).length).toBeGreaterThan(
      20,
    );
    expect(all.some((piece) => HALF.test(piece))).toBe(false);
  });

  test("are tokens that put together are the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const tokens = [...tokensOf(text)];
        expect(tokens.join("")).toBe(text);
        expect(countTokens(text)).toBe(tokens.length);
        expect(tokens.every((token) => token !== "" && !HALF.test(token))).toBe(true);
      }),
    );
  });

  test("come one token at a time without jitter, and sometimes two with it", async () => {
    const even = deltas(await bytes(mockOf({ jitter: 0 }), "/code"));
    const uneven = deltas(await bytes(mockOf({ jitter: 1 }), "/code"));
    expect(even.join("")).toBe(uneven.join(""));
    expect(even.length).toBe(countTokens(even.join("")));
    expect(uneven.length).toBeLessThan(even.length);
  });

  test("echo what cannot be said in Unicode without breaking the stream", async () => {
    expect(deltas(await bytes(mockOf(), "a lone \ud83d half")).join("")).toContain("> a lone \ud83d half");
  });
});

describe("the pace", () => {
  /** What has come when, from the first event on. */
  async function times(mock: Mock, prompt: string, more: object = {}): Promise<number[]> {
    const asked = performance.now();
    const all: number[] = [];
    for await (const _ of (await ask(mock, prompt, more)).body!) all.push(performance.now() - asked);
    return all;
  }

  test("is the request's own where it has one: nothing is early", async () => {
    const pace = { ttft_ms: 120, tokens_per_second: 200, jitter: 0 };
    const all = await times(mockOf(), "/table", { max_tokens: 20, mock: pace });
    expect(all[0]).toBeGreaterThan(115);
    // The role, twenty tokens of 5 ms each, the end and [DONE].
    expect(all).toHaveLength(23);
    expect(all.at(-1)).toBeGreaterThan(120 + 19 * 5 - 5);
  });

  test("holds for an answer that is not streamed as well", async () => {
    const asked = performance.now();
    const more = { stream: false, max_tokens: 5, mock: { ttft_ms: 100, jitter: 0 } };
    await (await ask(mockOf(), "/table", more)).json();
    expect(performance.now() - asked).toBeGreaterThan(95);
  });
});

describe("a stream that is no longer wanted", () => {
  // One that may tell one answer at a time, so that the next one tells whether the one before is over.
  const single = () => mockOf({ most: 1 });
  const isFree = (mock: Mock) =>
    eventually(
      async () => (await ask(mock, "hello", { stream: false })).status,
      (status) => status === 200,
    );

  test("holds its place while it stalls, until its caller aborts", async () => {
    const mock = single();
    const leave = new AbortController();
    const reader = (await ask(mock, "/stall", {}, leave.signal)).body!.getReader();
    for (let i = 0; i < 10; i++) expect((await reader.read()).done).toBe(false);
    const refused = await ask(mock, "hello");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await refused.json()).toMatchObject({ error: { type: "requests", code: "rate_limit_exceeded" } });
    const rest = (async () => {
      while (!(await reader.read()).done);
    })();
    leave.abort();
    await expect(rest).rejects.toMatchObject({ name: "AbortError" });
    await isFree(mock);
  });

  test.each(["/stall", "/endless", "/slow"])("stops at once when its reader goes away from %s", async (prompt) => {
    const mock = single();
    const { body } = await ask(mock, prompt);
    await body!.cancel();
    await isFree(mock);
  });

  test.each(["/stall", "/endless"])("rejects where %s was to come whole and its caller aborts", async (prompt) => {
    const mock = single();
    const whole = ask(mock, prompt, { stream: false, mock: { ttft_ms: 60_000 } }, AbortSignal.timeout(50));
    await expect(whole).rejects.toMatchObject({ name: "TimeoutError" });
    await isFree(mock);
  });

  test.each(["/cut", "/table"])("gives its place free after %s, however it ended", async (prompt) => {
    const mock = single();
    await bytes(mock, prompt).catch(() => {});
    await isFree(mock);
  });

  test("has no more made than is read", async () => {
    let made = 0;
    async function* endless() {
      for (;;) yield `${made++}`;
    }
    const reader = bodyOf(endless(), new AbortController()).getReader();
    await new Promise(setImmediate);
    expect(made).toBe(0);
    for (let i = 0; i < 3; i++) await reader.read();
    await new Promise(setImmediate);
    expect(made).toBe(3);
    await reader.cancel();
  });
});

describe("scripts", () => {
  test("help lists every one of them, and each of them answers", async () => {
    const help = deltas(await bytes(mockOf(), "/help")).join("");
    const names = [...help.matchAll(/^- `\/(\w+)`/gm)].map(([, name]) => name!);
    for (const name of ["slow", "fast", "error", "cut", "stall", "long", "table", "code", "html", "unicode", "help"]) {
      expect(names).toContain(name);
    }
    for (const name of names) {
      const response = await ask(mockOf(), `/${name}`);
      expect(response.status).toBe(name === "error" ? 500 : 200);
      await response.body!.cancel();
    }
  });

  test("/long is as long as it says, and differs from seed to seed", async () => {
    const usage = async (prompt: string) =>
      (await (await ask(mockOf(), prompt, { stream: false })).json()).usage.completion_tokens;
    expect(await usage("/long 300")).toBe(300);
    expect(await usage("/long")).toBe(2_000);
    const text = deltas(await bytes(mockOf(), "/long", { seed: 1 })).join("");
    for (const sign of ["\n## ", "\n- ", "\n1. ", "\n> ", "\n| ", "\n```", "]("]) expect(text).toContain(sign);
  });

  test("one that there is not is answered with what was meant", async () => {
    expect(deltas(await bytes(mockOf(), "/tabel")).join("")).toMatch(/^I know no `\/tabel`. Did you mean “table”\?/);
  });

  test("a path is no script, and comes back as it is", async () => {
    expect(deltas(await bytes(mockOf(), "/etc/passwd")).join("")).toContain("> /etc/passwd");
  });

  test("only the last thing that the user said counts", async () => {
    const messages = [
      { role: "user", content: "/error 500" },
      { role: "assistant", content: "" },
      { role: "user", content: [{ type: "text", text: "/table" }] },
    ];
    expect(deltas(await bytes(mockOf(), "", { messages })).join("")).toContain("| Rhine |");
  });
});
