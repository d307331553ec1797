import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HEARTBEAT_MS } from "../../../src/engine/delivery/heartbeat.ts";
import { brokenBeat } from "../../../src/engine/views/page/page-elements.ts";
import { ENGLISH } from "../../../src/engine/words/words.ts";
import { ROOT } from "../../support/folders.ts";

const css = readFileSync(join(ROOT, "src", "engine", "views", "signs.css"), "utf8");
const seconds = (pattern: RegExp) => Number(pattern.exec(css)![1]);

test("a heartbeat may be 3 s late before a page takes its stream to be dead, and then it can ask three times within 20 s of the last one", () => {
  const due = seconds(/\.beat \{\s*--due: ([\d.]+)s/);
  const pace = seconds(/ask ([\d.]+)s var\(--due\) infinite/);
  expect(due).toBeGreaterThanOrEqual(HEARTBEAT_MS / 1_000 + 3);
  expect(due + 2 * pace).toBeLessThan(20);
});

test("what says that the stream broke is a partial: what somebody else answers in its place never takes the beat's", () => {
  expect(brokenBeat(ENGLISH)).toMatch(
    /^<hx-partial hx-target="closest .beat" hx-swap="outerHTML"><span class="beat broken">.*<\/hx-partial>$/,
  );
});
