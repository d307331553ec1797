import { describe, expect, test } from "vitest";
import { SettingsError } from "../../src/engine/config/variables.ts";
import { readMockSettings } from "../../src/mock/settings.ts";
import { settingsOf } from "../support/settings.ts";

const read = (env: Record<string, string>) => settingsOf(readMockSettings, env);

describe("the settings of the mock", () => {
  test("need no variable at all", () => {
    expect(read({})).toEqual({ ttftMs: 300, tokensPerSecond: 50, jitter: 0.3, seed: undefined });
  });

  test("take every variable", () => {
    const env = { MOCK_TTFT_MS: "0", MOCK_TOKENS_PER_SECOND: "200.5", MOCK_JITTER: "1", MOCK_SEED: "7" };
    expect(read(env)).toEqual({ ttftMs: 0, tokensPerSecond: 200.5, jitter: 1, seed: 7 });
  });

  test.each([
    [{}, true],
    [{ NODE_ENV: "production" }, false],
    [{ NODE_ENV: "production", MOCK: "on" }, true],
    [{ MOCK: "off" }, false],
  ])("are there where one develops, unless it is told otherwise: %j", (env, on) => {
    expect(read(env) !== undefined).toBe(on);
  });

  test.each([
    ["MOCK", "yes"],
    ["MOCK_TTFT_MS", "1.5"],
    ["MOCK_TTFT_MS", "60001"],
    ["MOCK_TOKENS_PER_SECOND", "0"],
    ["MOCK_TOKENS_PER_SECOND", "10001"],
    ["MOCK_JITTER", "2"],
    ["MOCK_SEED", "-1"],
  ])("refuse %s=%s with its name and an example, also where the mock is off", (name, value) => {
    for (const env of [{ [name]: value }, { MOCK: "off", [name]: value }]) {
      expect(() => read(env)).toThrow(SettingsError);
      expect(() => read(env)).toThrow(new RegExp(`^${name} is not valid\\. Write [^\\n]+\\.$`));
    }
  });
});
