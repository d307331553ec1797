import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Problem } from "../../../src/engine/core/problem.ts";
import { Logger } from "../../../src/engine/ops/logger.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const missing = new Problem(401, "token_missing", "Send a token.");
const failed = new Problem(503, "log_failed", "Nothing can be published.", { cause: new Error("input/output error") });
const of = ({ code }: Problem) => ({ code, request_id: "a" });

test("what requests bring about fills no log: of many entries a hundred are written, and then how many were not", () => {
  const entries: string[] = [];
  const { report } = new Logger((_level, entry) => entries.push(entry));
  for (let n = 0; n < 1_000; n++) report(failed, undefined, of(failed));
  expect(entries).toHaveLength(100);
  report("A source failed.");
  expect(entries.at(-1)).toBe("A source failed.");
  vi.advanceTimersByTime(10_000);
  expect(entries.at(-1)).toBe("More entries about requests came than are written: 900 of log_failed were left out.");
  report(failed, undefined, of(failed));
  expect(entries).toHaveLength(103);
});

test("refusals are written at the level debug alone, and keep out nothing that is more", () => {
  const [usual, all]: string[][] = [[], []];
  const loggers = [
    new Logger((_level, entry) => usual!.push(entry)),
    new Logger((_, entry) => all!.push(entry), "debug"),
  ];
  for (const { report } of loggers) {
    for (let n = 0; n < 1_000; n++) report(missing, undefined, { level: "debug", ...of(missing) });
    report(failed, undefined, of(failed));
  }
  expect(usual).toEqual([expect.stringMatching(/^log_failed: /)]);
  expect(all).toHaveLength(101);
  vi.advanceTimersByTime(10_000);
  expect(usual).toHaveLength(1);
  expect(all!.at(-1)).toMatch(/ 900 of token_missing were left out\.$/);
});

test.each([
  ["debug", "debug info warn error error fatal"],
  ["info", "info warn error error fatal"],
  ["warn", "warn error error fatal"],
  ["error", "error error fatal"],
] as const)("at the level %s is written %s", (level, written) => {
  const levels: string[] = [];
  const { report, info } = new Logger((level) => levels.push(level), level);
  report("looked at", undefined, { level: "debug" });
  info("started");
  report("a sentence");
  report(new Error("broken"));
  report("a source failed", failed);
  report("nobody caught it", undefined, { level: "fatal" });
  expect(levels.join(" ")).toBe(written);
});
