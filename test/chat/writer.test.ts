import { expect, test } from "vitest";
import { Pacer } from "../../src/chat/pacer.ts";
import { Writer, type WrittenBlock } from "../../src/chat/writer.ts";

/** A writer whose publishes a test lets through one by one. */
function setUp() {
  const published: WrittenBlock[][] = [];
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const errors: unknown[] = [];
  const writer = new Writer({
    publish: (pieces) => {
      published.push([...pieces]);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    onError: (error) => errors.push(error),
    pacer: new Pacer(0),
  });
  return { writer, published, waiting, errors };
}

test("while a publish is under way, only the newest version of the unfinished block waits", async () => {
  const { writer, published, waiting } = setUp();
  await writer.add("one");
  await expect.poll(() => published.length).toBe(1);
  for (const text of [" two", " three", " four"]) await writer.add(text);
  waiting[0]!.resolve();
  await expect.poll(() => published.length).toBe(2);
  expect(published.map((pieces) => pieces.map(({ block }) => block.text))).toEqual([["one"], ["one two three four"]]);
});

/** Long enough to be a block of its own. */
const one = `one${" and so on".repeat(10)}\n\n`;

test("a finished block is published once, at its place, and what is left at the end is told", async () => {
  const { writer, published, waiting } = setUp();
  await writer.add(`${one}two`);
  await expect.poll(() => published.length).toBe(1);
  expect(published[0]).toEqual([
    { place: 0, block: { text: one }, open: false },
    { place: 1, block: { text: "two" }, open: true },
  ]);
  const end = writer.end();
  waiting[0]!.resolve();
  expect(await end).toEqual([{ place: 1, block: { text: "two" }, open: false }]);
  expect(published).toHaveLength(1);
});

test("what could not be published is told, and is left at the end", async () => {
  const { writer, waiting, errors } = setUp();
  await writer.add(`${one}two`);
  await expect.poll(() => waiting.length).toBe(1);
  waiting[0]!.reject(new Error("full"));
  await expect.poll(() => errors).toEqual([new Error("full")]);
  await writer.add(" three");
  expect((await writer.end()).map(({ block }) => block.text)).toEqual([one, "two three"]);
});

test("sendings keep their distance, and cost what the text before them has earned", () => {
  const pacer = new Pacer(50);
  expect(pacer.wait(1_000)).toBe(0);
  const block = { text: "x".repeat(500) };
  pacer.sent([block], 1_000);
  expect([pacer.wait(1_000), pacer.wait(1_030), pacer.wait(2_000)]).toEqual([50, 20, 0]);
  let sent = 0;
  for (; pacer.affords(block); sent++) pacer.sent([block], 1_000);
  expect(sent).toBeLessThan(10);
  pacer.grew(2_000);
  expect(pacer.affords(block)).toBe(true);
});

test("what came all at once is published a part at a time, and not much is left at the end", async () => {
  const { writer, published, waiting } = setUp();
  await writer.add(one.repeat(50));
  const end = writer.end();
  for (let n = 0; n < 2; n++) {
    await expect.poll(() => waiting.length).toBe(n + 1);
    waiting[n]!.resolve();
  }
  const left = await end;
  expect(published.map((pieces) => pieces.length)).toEqual([20, 20]);
  expect([...published.flat(), ...left].map(({ place }) => place)).toEqual(Array.from({ length: 50 }, (_, i) => i));
});
