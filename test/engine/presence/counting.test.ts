import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newNodeName } from "../../../src/engine/core/nodes.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { Counting } from "../../../src/engine/presence/counting.ts";

const price = parseTopic("price");

let counting: Counting;
/** How many pages each node has, and which of them answers. */
let nodes: Map<string, { pages: number; answers: boolean }>;
let reachable: boolean;
let asked: number;
let numbers: number[];

beforeEach(() => {
  vi.useFakeTimers();
  [reachable, asked, numbers] = [true, 0, []];
  nodes = new Map(["a", "b", "c"].map((name, i) => [name, { pages: i + 1, answers: true }]));
  counting = new Counting({
    name: newNodeName(),
    onTold: () => {},
    tell: async () => {},
    async tellAll() {
      asked++;
      if (!reachable) throw new Error("Redis is away");
      for (const [from, { pages, answers }] of nodes) {
        if (answers) counting.counted({ kind: "counts", from, whole: true, pages: { [price]: pages } });
      }
      return nodes.size;
    },
  });
});
afterEach(() => {
  counting.stop();
  vi.useRealTimers();
});

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(1000 * seconds);
const watch = () => counting.watch(price, (pages) => void numbers.push(pages));

test("a number is told once all nodes have answered, and is the sum of theirs", async () => {
  watch();
  await pass(3);
  expect(numbers).toEqual([6]);
  counting.counted({ kind: "counts", from: "b", whole: false, pages: { [price]: 5 } });
  expect(numbers).toEqual([6, 9]);
});

test("a node that died is not counted any more, as soon as Redis knows", async () => {
  watch();
  await pass(1);
  nodes.delete("c");
  await pass(1);
  expect(numbers).toEqual([6, 3]);
});

test("a node that stands still is counted for some seconds more, and holds up no number", async () => {
  nodes.get("c")!.answers = false;
  watch();
  await pass(3);
  expect(numbers).toEqual([3]);
  nodes.get("c")!.answers = true;
  await pass(2);
  nodes.get("c")!.answers = false;
  await pass(5);
  expect(numbers).toEqual([3, 6]);
  await pass(10);
  expect(numbers).toEqual([3, 6, 3]);
});

test("while Redis is away all stays as it was", async () => {
  watch();
  await pass(2);
  reachable = false;
  await pass(60);
  reachable = true;
  await pass(2);
  expect(numbers).toEqual([6]);
});

test("nobody is asked before somebody wants to know, nor when nobody does any more", async () => {
  await pass(60);
  expect(asked).toBe(0);
  const [one, other] = [watch(), watch()];
  await pass(5);
  one();
  await pass(5);
  expect(asked).toBeGreaterThan(5);
  other();
  await pass(1);
  const before = asked;
  await pass(60);
  expect(asked).toBe(before);
});
