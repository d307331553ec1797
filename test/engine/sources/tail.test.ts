import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Broker } from "../../../src/engine/broker/broker.ts";
import { LocalLeases } from "../../../src/engine/core/lease.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../src/engine/log/memory.ts";
import { Lines } from "../../../src/engine/sources/lines.ts";
import { Runner } from "../../../src/engine/sources/runner.ts";
import { tail } from "../../../src/engine/sources/tail.ts";
import { renderer } from "../../support/renderer.ts";

let folder: string;
let log: string;
let lines: AsyncIterator<unknown> | undefined;
beforeEach(async () => {
  // So that what is seen is seen because it was heard of, and the look that is due every 2 s comes when a test wants it.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  folder = await mkdtemp(join(tmpdir(), "brooklet-tail-"));
  log = join(folder, "app.log");
});
afterEach(async () => {
  await lines?.return?.();
  lines = undefined;
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

/** The files under the test's folder that this process holds open. */
async function opened(): Promise<string[]> {
  const numbers = await readdir("/proc/self/fd");
  const paths = await Promise.all(numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => "")));
  return paths.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length + 1));
}

const watchers = () => process.getActiveResourcesInfo().filter((name) => name === "FSEventWrap").length;

function start(path: string): AsyncIterator<unknown> {
  lines = tail(path)[Symbol.asyncIterator]();
  return lines;
}

/** Follows the log from a known place, past which nothing that is appended is missed. */
async function follow(): Promise<{ next: () => Promise<unknown> }> {
  const values = start(log);
  let marked = false;
  const first = values.next().then(({ value }) => {
    marked = true;
    return value;
  });
  // One that was there before the end was known is not seen: so another is written, until one is.
  while (!marked) await appendFile(log, "mark\n");
  expect(await first).toBe("mark");
  const next = async () => {
    for (;;) {
      const { value } = await values.next();
      if (value !== "mark") return value;
    }
  };
  return { next };
}

/** Asks for the next value, and resolves once that waits for the file, having looked. */
async function waiting(values: AsyncIterator<unknown>): Promise<{ first: Promise<IteratorResult<unknown>> }> {
  const first = values.next();
  while (vi.getTimerCount() === 0) await new Promise(setImmediate);
  return { first };
}

test("yields what is appended, and not what was there", async () => {
  await writeFile(log, "old\n");
  const { next } = await follow();
  await appendFile(log, "one\ntwo\r\n\n");
  expect([await next(), await next(), await next()]).toEqual(["one", "two", ""]);
});

test("yields JSON as it is", async () => {
  await writeFile(log, "");
  const { next } = await follow();
  await appendFile(log, '{"level":"warn"}\n12 dogs\n12\n');
  expect([await next(), await next(), await next()]).toEqual([{ level: "warn" }, "12 dogs", 12]);
});

test("waits for the end of a line, and puts together a character that two writes share", async () => {
  await writeFile(log, "");
  const { next } = await follow();
  const bytes = Buffer.from("né ✓\nend\n");
  const line = next();
  for (const byte of bytes) await appendFile(log, Buffer.of(byte));
  expect([await line, await next()]).toEqual(["né ✓", "end"]);
});

test("leaves out the rest of a line that had begun before", async () => {
  await writeFile(log, "half a");
  const values = start(log);
  const { first } = await waiting(values);
  await appendFile(log, " line\nwhole\n");
  expect((await first).value).toBe("whole");
});

test("waits for a file that is not there yet, and yields it from its first line", async () => {
  const values = start(log);
  const { first } = await waiting(values);
  await writeFile(log, "one\ntwo\n");
  expect([(await first).value, (await values.next()).value]).toEqual(["one", "two"]);
});

test("waits for a folder that is not there yet", async () => {
  const inner = join(folder, "later");
  const { first } = await waiting(start(join(inner, "app.log")));
  await mkdir(inner);
  await writeFile(join(inner, "app.log"), "one\n");
  await vi.advanceTimersByTimeAsync(2_000);
  expect((await first).value).toBe("one");
});

test("reads a file that it hears nothing of: here the link leads to another folder", async () => {
  await mkdir(join(folder, "elsewhere"));
  await writeFile(join(folder, "elsewhere", "app.log"), "");
  await symlink("elsewhere/app.log", log);
  const { first } = await waiting(start(log));
  await appendFile(join(folder, "elsewhere", "app.log"), "one\n");
  await vi.advanceTimersByTimeAsync(2_000);
  expect((await first).value).toBe("one");
});

test("goes on in the new file when the log is rotated, with nothing lost and the old one closed", async () => {
  await writeFile(log, "");
  const { next } = await follow();
  await appendFile(log, "one\n");
  await rename(log, `${log}.1`);
  await appendFile(`${log}.1`, "two\n");
  await writeFile(log, "");
  // The writer has not been told yet.
  await appendFile(`${log}.1`, "three\nfour, cut off");
  await appendFile(log, "five\n");
  expect([await next(), await next(), await next(), await next(), await next()]).toEqual([
    "one",
    "two",
    "three",
    "four, cut off",
    "five",
  ]);
  await appendFile(log, "six\n");
  expect(await next()).toBe("six");
  expect(await opened()).toEqual(["app.log"]);
});

test("is followed through many rotations", async () => {
  await writeFile(log, "");
  const { next } = await follow();
  for (let i = 0; i < 20; i++) {
    await rename(log, `${log}.1`);
    await writeFile(log, `${i}\n`);
    expect(await next()).toBe(i);
  }
});

test("starts again when the file is emptied", async () => {
  await writeFile(log, "");
  const { next } = await follow();
  await appendFile(log, "one\ntwo, which is half ");
  expect(await next()).toBe("one");
  const after = next();
  await truncate(log);
  await appendFile(log, "three\n");
  expect(await after).toBe("three");
});

test("takes a flood as it is read, with a slow reader", async () => {
  await writeFile(log, "");
  const { next } = await follow();
  const all = Array.from({ length: 20_000 }, (_, i) => i);
  await appendFile(log, `${all.join("\n")}\n`);
  for (const i of all) expect(await next()).toBe(i);
});

describe("when it was broken off, and goes on where it was", () => {
  /** Begins, takes so many lines, and lets go. @returns where it was then */
  async function take(count: number, from?: string): Promise<{ checkpoint: string; lines: unknown[] }> {
    const values = tail(log).from(from)[Symbol.asyncIterator]();
    const taken: { checkpoint: string; value: unknown }[] = [];
    if (from === undefined) taken.push((await values.next()).value);
    while (taken.filter(({ value }) => value !== undefined).length < count) taken.push((await values.next()).value);
    await values.return!();
    return { checkpoint: taken.at(-1)!.checkpoint, lines: taken.flatMap(({ value }) => value ?? []) };
  }

  test("it reads what was written meanwhile, and nothing twice", async () => {
    await writeFile(log, "old\n");
    const { checkpoint } = await take(0);
    await appendFile(log, "one\ntwo\nthree\nfo");
    const first = await take(2, checkpoint);
    expect(first.lines).toEqual(["one", "two"]);
    await appendFile(log, "ur\n");
    expect((await take(2, first.checkpoint)).lines).toEqual(["three", "four"]);
    // The one that was given out last may not have arrived: whoever keeps the checkpoint of the one before gets it again.
    expect((await take(4, checkpoint)).lines).toEqual(["one", "two", "three", "four"]);
  });

  test("it reads the old file to its end and the new one from its start, if the log was rotated", async () => {
    await writeFile(log, "");
    const { checkpoint } = await take(0);
    await appendFile(log, "one\n");
    await rename(log, `${log}.1`);
    await appendFile(`${log}.1`, "two\nthree, cut off");
    await writeFile(log, "four\n");
    expect((await take(4, checkpoint)).lines).toEqual(["one", "two", "three, cut off", "four"]);
  });

  test("it reads the new file from its start, if the old one is gone", async () => {
    await writeFile(log, "old\n");
    const { checkpoint } = await take(0);
    await rm(log);
    await writeFile(`${log}.new`, "one\ntwo\nand three\n");
    await rename(`${log}.new`, log);
    expect((await take(3, checkpoint)).lines).toEqual(["one", "two", "and three"]);
  });

  test("it reads a file from its start that was not there", async () => {
    const { checkpoint } = await take(0);
    await writeFile(log, "one\n");
    expect((await take(1, checkpoint)).lines).toEqual(["one"]);
  });

  test("it leaves out what is more than 16 MiB ago, by whole lines", async () => {
    await writeFile(log, "");
    const { checkpoint } = await take(0);
    const line = `${"x".repeat(999)}\n`;
    await appendFile(log, `first\n${line.repeat(20_000)}last\n`);
    const { lines } = await take(1, checkpoint);
    expect(lines).toEqual(["x".repeat(999)]);
  });
});

test("a file that cannot be read for a moment after it was rotated is read on from where it was", async () => {
  vi.useRealTimers();
  await writeFile(log, "old\n");
  const broker = await Broker.open({ log: new MemoryLog(), renderer: renderer() });
  const topic = parseTopic("list");
  const shown = async () => [...(await broker.record(topic)).values.values()].map(({ json }) => json.value);
  const reports: string[] = [];
  const report = (text: string) => reports.push(text);
  const runner = new Runner({ source: tail(log), topic, outlet: broker, leases: new LocalLeases(), report });
  await vi.waitFor(async () => expect((await broker.record(topic)).checkpoint).toBeDefined(), 15_000);
  await appendFile(log, "one\n");
  await vi.waitFor(async () => expect(await shown()).toEqual(["one"]), { timeout: 10_000 });
  await rename(log, `${log}.1`);
  await appendFile(`${log}.1`, "two\n");
  await symlink(log, log); // leads to itself, and so nowhere: even root cannot read it
  await vi.waitFor(() => expect(reports).toHaveLength(1), { timeout: 10_000 });
  await writeFile(`${log}.new`, "three\nfour\n");
  await rename(`${log}.new`, log);
  await vi.waitFor(async () => expect(await shown()).toEqual(["one", "two", "three", "four"]), { timeout: 20_000 });
  runner.stop();
  await runner.done;
  await broker.close();
}, 60_000);

describe("a file that was emptied under a writer who goes on where it was, and so begins with a hole", () => {
  /** What copytruncate leaves: as many NULs as there were bytes before, and then what was written since. */
  async function holed(size: number, text: string): Promise<void> {
    const file = await open(log, "r+");
    await file.truncate(0);
    await file.write(text, size);
    await file.close();
  }

  test("shows the line behind the hole, whole", async () => {
    await writeFile(log, "");
    const { next } = await follow();
    await appendFile(log, "one\n");
    expect(await next()).toBe("one");
    const line = next();
    await holed((await stat(log)).size, "two\nthree\n");
    expect([await line, await next()]).toEqual(["two", "three"]);
  });

  test("shows the line behind the hole, though half a line was there before", async () => {
    await writeFile(log, "");
    const { next } = await follow();
    await appendFile(log, `one\n${"half ".repeat(20)}`);
    expect(await next()).toBe("one");
    const line = next();
    await holed((await stat(log)).size + 5_000, "two\n");
    expect(await line).toBe("two");
  });

  test("is read past a hole that is larger than any line, and a checkpoint behind it holds", async () => {
    await writeFile(log, "");
    const values = tail(log).from(undefined)[Symbol.asyncIterator]();
    const start: string = (await values.next()).value.checkpoint;
    await values.return!();
    await holed(1_000_000, "one\ntwo\n");
    const again = tail(log).from(start)[Symbol.asyncIterator]();
    const one = (await again.next()).value;
    await again.return!();
    expect(one.value).toBe("one");
    const on = tail(log).from(one.checkpoint)[Symbol.asyncIterator]();
    expect((await on.next()).value.value).toBe("two");
    await on.return!();
  });
});

test("fails on a folder, with a sentence that says so", async () => {
  await expect(start(folder).next()).rejects.toThrow(`${folder} is a folder. Name a file.`);
});

test("leaves nothing behind after return(), though it waits", async () => {
  await writeFile(log, "");
  const values = start(log);
  const { first } = await waiting(values);
  expect(watchers()).toBe(1);
  expect(await opened()).toEqual(["app.log"]);
  await values.return!();
  expect(await first).toEqual({ done: true, value: undefined });
  expect(await opened()).toEqual([]);
  expect([vi.getTimerCount(), watchers()]).toEqual([0, 0]);
});

test("opens nothing before it is iterated", async () => {
  await writeFile(log, "");
  const values = start(log);
  expect(await opened()).toEqual([]);
  expect(await values.return!()).toEqual({ done: true, value: undefined });
});

test("a line over 64 KiB is cut to 32, between two characters, with a mark; the next one is whole", () => {
  const lines = new Lines();
  const whole = "x".repeat(64 * 1024);
  const long = `${"x".repeat(32 * 1024 - 1)}é${"x".repeat(10_000_000)}`;
  const text = Buffer.from(`${whole}\r\n${whole}x\n${long}\nnext\n`);
  const seen: string[] = [];
  for (let at = 0; at < text.length; at += 65_537) seen.push(...lines.feed(text.subarray(at, at + 65_537)));
  const mark = " … (cut)";
  expect(seen.map((line) => line.length)).toEqual([65_536, 32_768 + mark.length, 32_767 + mark.length, 4]);
  expect(seen[2]!.endsWith(`x${mark}`)).toBe(true);
  expect(lines.empty).toBe(true);
});
