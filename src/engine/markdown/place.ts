import type { Block, Container, Leaf, List, ListEntry, Quote } from "./tree.ts";

/**
 * Where in its blocks a text goes on that was cut: the lists and quotes that are open, the outermost first, and in the
 * innermost of them the paragraph, the code or the table that is. It is JSON, and stands beside the text that goes on.
 */
export type ParserPlace = {
  within?: Around[];
  leaf?: Inner;
  /** In the midst of a line. */
  mid?: boolean;
};

/** A list of which an item is open says by how much that is indented, and its number; else the number of the next one. */
type Around = { quote: true } | { list: string; number: number; loose?: boolean; indent?: number };
/** `plain` is what is shown as it is written from here on. */
type Inner =
  | { text: number }
  | { fence: string; offset: number; language: string }
  | { plain: true }
  | { table: string };

/** So many lists, items and quotes within each other; what would begin one more is text. */
export const MAX_LEVELS = 40;

/** The fence of what is shown as it is written, whatever comes: nothing closes it. */
export const PLAIN = "plain";

/** The place at which these are open. */
export function placeOf(stack: readonly Container[], leaf: Leaf | undefined, mid: boolean): ParserPlace | undefined {
  if (stack.length === 0 && leaf === undefined) return undefined;
  const within = stack.flatMap((container, i) => {
    if (container.kind === "quote") return [{ quote: true } as const];
    return container.kind === "list" ? [listed(container, stack[i + 1] as ListEntry | undefined)] : [];
  });
  return {
    ...(within.length > 0 && { within }),
    ...(leaf !== undefined && { leaf: innerOf(leaf) }),
    ...(mid && { mid }),
  };
}

function listed({ marker, number, loose, children }: List, item: ListEntry | undefined): Around {
  const last = number + children.length - (item === undefined ? 0 : 1);
  return { list: marker, number: last, ...(loose && { loose }), ...(item !== undefined && { indent: item.indent }) };
}

function innerOf(leaf: Leaf): Inner {
  if (leaf.kind === "text") return { text: leaf.level };
  if (leaf.kind === "table") return { table: leaf.align };
  return { fence: leaf.fence, offset: leaf.offset, language: leaf.language };
}

/** What is open at a place, as the beginning of a tree. Anyone may have written it: what is no place is nowhere. */
export function opened(place: unknown): { blocks: Block[]; stack: Container[]; leaf: Leaf | undefined; mid: boolean } {
  const { within, leaf: inner, mid } = isObject(place) ? place : {};
  const blocks: Block[] = [];
  const stack: Container[] = [];
  let children: Block[] = blocks;
  for (const around of Array.isArray(within) ? within : []) {
    const last = stack.at(-1);
    if (!isObject(around) || stack.length >= MAX_LEVELS || last?.kind === "list") break;
    if (around.quote === true) {
      const quote: Quote = { kind: "quote", children: [], on: true };
      children.push(quote);
      stack.push(quote);
      children = quote.children;
    } else {
      const list = listOf(around);
      if (list === undefined) break;
      children.push(list);
      stack.push(list, ...list.children);
      children = list.children[0]?.children ?? children;
    }
  }
  const leaf = stack.at(-1)?.kind === "list" ? undefined : leafOf(inner);
  if (leaf !== undefined) children.push(leaf);
  return { blocks, stack, leaf, mid: mid === true && leaf !== undefined && leaf.kind !== "table" };
}

function listOf({ list: marker, number, loose, indent }: Record<string, unknown>): List | undefined {
  if (typeof marker !== "string" || !/^[-+*.)]$/.test(marker) || !isCount(number, 2e9)) return undefined;
  const item: ListEntry[] = isCount(indent, 1_000) ? [{ kind: "item", indent, children: [], on: true }] : [];
  return { kind: "list", marker, number, loose: loose === true, settled: true, children: item, on: true };
}

function leafOf(inner: unknown): Leaf | undefined {
  if (!isObject(inner)) return undefined;
  const { text, fence, offset, language, table, plain } = inner;
  if (plain === true) return { kind: "code", fence: PLAIN, offset: 0, language: "", text: "" };
  if (isCount(text, 6)) return { kind: "text", level: text, runs: [""], on: true };
  if (typeof table === "string" && /^[lcr-]{1,20}$/.test(table)) {
    return { kind: "table", align: table, head: [], rows: [], on: true };
  }
  if (typeof fence !== "string" || !/^(?:`{3,}|~{3,}|\$\$|plain)?$/.test(fence)) return undefined;
  if (!isCount(offset, 3) || typeof language !== "string") return undefined;
  return { kind: "code", fence, offset, language: language.slice(0, 30), text: "", on: true };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isCount(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
