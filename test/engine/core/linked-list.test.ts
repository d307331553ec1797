import { describe, expect, test } from "vitest";
import { type Linked, LinkedList } from "../../../src/engine/core/linked-list.ts";

interface Item extends Linked<Item> {
  readonly name: string;
}

function listOf(...names: string[]): { list: LinkedList<Item>; items: Item[] } {
  const list = new LinkedList<Item>();
  const items = names.map((name): Item => ({ name }));
  for (const item of items) list.add(item);
  return { list, items };
}

const names = (list: LinkedList<Item>) => [...list].map(({ name }) => name);

describe("a list", () => {
  test("has its items in the order in which they were added", () => {
    const { list } = listOf("a", "b", "c");
    expect(names(list)).toEqual(["a", "b", "c"]);
    expect(list.first?.name).toBe("a");
  });

  test.each([
    ["the first", 0, ["b", "c"]],
    ["one in the middle", 1, ["a", "c"]],
    ["the last", 2, ["a", "b"]],
  ])("gives up %s, which may be added again, and is then the last", (_which, index, rest) => {
    const { list, items } = listOf("a", "b", "c");
    list.delete(items[index]!);
    expect(names(list)).toEqual(rest);
    list.add(items[index]!);
    expect(names(list)).toEqual([...rest, items[index]!.name]);
  });

  test("goes on past an item that is taken out as it is looked at", () => {
    const { list } = listOf("a", "b", "c");
    for (const item of list) list.delete(item);
    expect(list.first).toBeUndefined();
    list.add({ name: "d" });
    expect(names(list)).toEqual(["d"]);
  });

  test("leaves nothing of itself in what is taken out", () => {
    const { list, items } = listOf("a", "b", "c");
    list.delete(items[1]!);
    expect(items[1]).toEqual({ name: "b", previous: undefined, next: undefined });
  });
});
