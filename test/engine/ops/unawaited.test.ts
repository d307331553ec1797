import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { draining } from "../../../src/engine/core/problem.ts";
import { isOfEngine, onUnawaited } from "../../../src/engine/ops/unawaited.ts";
import { ROOT } from "../../support/folders.ts";

const place = (file: string) => `    at async check (${pathToFileURL(join(ROOT, file))}:3:14)`;
const failedAt = (...places: string[]) =>
  Object.assign(new Error("so it is"), { stack: ["Error: so it is", ...places].join("\n") });

describe("a rejection that nobody awaits", () => {
  const ENGINE = place("src/engine/log/log.ts");
  const NODE = "    at processTicksAndRejections (node:internal/process/task_queues:105:5)";

  test.each([
    ["the source itself", [ENGINE, NODE]],
    ["a build", [place("dist/chunk-A1.js")]],
  ])("is the engine's where it failed in %s", (_, places) => expect(isOfEngine(failedAt(...places))).toBe(true));

  test.each([
    ["a source", [place("src/sources/price.ts"), ENGINE]],
    ["a built action", [place("dist/actions/feed.js")]],
    ["a schema", [place("node_modules/zod/v4/core.js"), place("views/widgets/price.schema.ts"), ENGINE]],
    ["a library that it has called", [place("node_modules/zod/v4/core.js"), ENGINE]],
    ["the engine, which it has called", [ENGINE, place("src/authorize.ts")]],
    ["a folder elsewhere", ["    at /srv/pages/src/sources/price.ts:3:14", ENGINE]],
    ["a template", ["    at eval (eval at compile (file:///x/eta.mjs:1:2), <anonymous>:7:9)", ENGINE]],
    ["nowhere that is told", [NODE]],
  ])("is an author's where it failed in %s", (_, places) => expect(isOfEngine(failedAt(...places))).toBe(false));

  test.each([
    ["of another machine", "\n    at x (file://a/b:1:1)"],
    ["with a slash in a name", "\n    at x (file:///a%2Fb:1:1)"],
    ["of the engine", `\n${ENGINE}`],
  ])("says what a visitor wrote: a line like one of a place %s is none", (_, words) => {
    const message = `no such name: ${words}`;
    const stack = [`Error: ${message}`, place("node_modules/zod/v4/core.js")].join("\n");
    expect(isOfEngine(Object.assign(new Error(message), { stack }))).toBe(false);
  });

  test("has a place that is no path of this machine's", () => {
    expect(isOfEngine(failedAt("    at x (file://a/b:1:1)"))).toBe(false);
  });

  test("is the engine's not where it is an answer, nor where it is no error", () => {
    expect([draining(), "no", undefined, null].map(isOfEngine)).toEqual([false, false, false, false]);
  });

  test("ends the process where it is the engine's; else it is told, of very many a bounded number", () => {
    const told: unknown[] = [];
    const ended: unknown[] = [];
    const happens = onUnawaited(
      (_, error) => told.push(error),
      (error) => ended.push(error),
    );
    const ours = failedAt(ENGINE);
    happens(ours);
    for (let i = 0; i < 1_000; i++) happens(`no ${i}`);
    expect([ended, told.length, told[0]]).toEqual([[ours], 100, "no 0"]);
  });
});
