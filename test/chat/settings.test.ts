import { describe, expect, test } from "vitest";
import { readChatSettings } from "../../src/chat/settings.ts";
import { problemsOf, settingsOf } from "../support/settings.ts";

const read = (env: Record<string, string>) => settingsOf(readChatSettings, env);
const problems = (env: Record<string, string>) => problemsOf(readChatSettings, env);

const DAY_MS = 24 * 60 * 60 * 1000;
const MODEL = { OPENAI_BASE_URL: "https://api.example/v1", CHAT_MODEL: "small" };

describe("the settings of the chat", () => {
  test("need no variable at all", () => {
    expect(read({})).toEqual({
      backend: undefined,
      limits: { firstMs: 30_000, stallMs: 15_000, wholeMs: 300_000, length: 65_536 },
      keep: { maxAgeMs: 30 * DAY_MS, maxCount: 10_000, mostOfOne: 50 },
    });
  });

  test("take every variable", () => {
    const limits = { CHAT_FIRST_SECONDS: "60", CHAT_STALL_SECONDS: "1.5", CHAT_WHOLE_SECONDS: "600" };
    const keep = { CHAT_KEEP_DAYS: "7", CHAT_CONVERSATIONS: "5", CHAT_SYSTEM: "Be brief." };
    expect(read({ ...MODEL, ...limits, ...keep, OPENAI_API_KEY: "sk-1", CHAT_LENGTH: "1000", CHAT: "on" })).toEqual({
      backend: { url: "https://api.example/v1", key: "sk-1", models: ["small"], system: "Be brief." },
      limits: { firstMs: 60_000, stallMs: 1_500, wholeMs: 600_000, length: 1_000 },
      keep: { maxAgeMs: 7 * DAY_MS, maxCount: 10_000, mostOfOne: 5 },
    });
  });

  test("name several models, the usual one first", () => {
    expect(read({ ...MODEL, CHAT_MODEL: "small, org/large:1 ,small" })!.backend!.models).toEqual([
      "small",
      "org/large:1",
    ]);
  });

  test("are none with CHAT=off, and are checked all the same", () => {
    expect(read({ CHAT: "off" })).toBeUndefined();
    expect(problems({ CHAT: "off", CHAT_LENGTH: "many" })).toEqual([
      expect.stringMatching(/^CHAT_LENGTH is not valid\./),
    ]);
  });

  test.each([
    ["CHAT", "no"],
    ["OPENAI_BASE_URL", "api.example"],
    ["OPENAI_BASE_URL", "ftp://api.example"],
    ["OPENAI_API_KEY", "two words"],
    ["CHAT_FIRST_SECONDS", "0"],
    ["CHAT_LENGTH", "many"],
    ["CHAT_MODEL", "small,,large"],
  ])("refuse %s=%s with its name and an example, and do not repeat it", (name, value) => {
    const [problem, ...more] = problems({ ...MODEL, [name]: value });
    expect(more).toEqual([]);
    expect(problem).toMatch(new RegExp(`^${name} is not valid\\. Write .+\\.$`));
    expect(problem).not.toContain(`=${value}.`);
  });

  test.each([
    ["https://api.example/v1?key=s3cret", "Write it without ? and #, since paths are added to it."],
    ["https://api.example/v1#s3cret", "Write it without ? and #, since paths are added to it."],
    ["https://api.example/v1?", "Write it without ? and #, since paths are added to it."],
    [
      "https://user:s3cret@api.example/v1",
      "Write it without a user and a password. What is sent along is OPENAI_API_KEY.",
    ],
  ])("do not repeat what may hold a password, and know what was meant by OPENAI_BASE_URL=%s", (url, mend) => {
    expect(problems({ ...MODEL, OPENAI_BASE_URL: url })).toEqual([`OPENAI_BASE_URL is not valid. ${mend}`]);
  });

  test.each([
    [{ CHAT_MODEL: "small" }, "CHAT_MODEL"],
    [{ OPENAI_API_KEY: "sk-s3cret" }, "OPENAI_API_KEY"],
    [{ CHAT_MODEL: "small", OPENAI_API_KEY: "sk-s3cret", OPENAI_BASE_URL: "" }, "CHAT_MODEL and OPENAI_API_KEY"],
  ])("refuse %j, which the mock would answer all the same", (env: Record<string, string>, names) => {
    expect(problems(env)).toEqual([
      `OPENAI_BASE_URL is missing, without which ${names} would not be used. ` +
        "Set it, such as OPENAI_BASE_URL=https://api.openai.com/v1.",
    ]);
  });

  test("refuse a backend without a model, since none is everywhere", () => {
    const env = { OPENAI_BASE_URL: "https://api.example/v1", OPENAI_API_KEY: "sk-s3cret" };
    expect(problems(env)).toEqual(["CHAT_MODEL is missing. Name one of the models at OPENAI_BASE_URL."]);
  });
});
