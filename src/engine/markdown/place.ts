import { BEGINNING, type CodePlace, highlight, isInside, MAX_MARKS } from "./highlight.ts";
import type { Block, Code, Container, Leaf, List, ListEntry, Quote } from "./tree.ts";

/**
 * In what a text goes on that is the rest of one that was cut: the lists and quotes that are open, the outermost first, and in
 * the innermost of them the open paragraph, code or table. It is JSON, and is published beside the text.
 */
export type ParserPlace = {
  within?: Around[];
  leaf?: Inner;
  /** Whether it was cut within a line. */
  mid?: boolean;
};

/**
 * Of a list with an open item: by how much that is indented, and its number. Of a list without one: the number of the next
 * item.
 */
type Around = { quote: true } | { list: string; number: number; loose?: boolean; indent?: number };
/**
 * The innermost open block. `plain`: the text is shown as it is written. Of code that is coloured: what has begun the comment or string in
 * which it goes on, and how many marks it has had.
 */
type Inner =
  | { text: number }
  | { fence: string; offset: number; language: string; inside?: string; marks?: number }
  | { plain: true }
  | { table: string };

/** How many lists, items and quotes may be within each other; what would begin one more is text. */
export const MAX_LEVELS = 40;

/** The fence of text that is shown as it is written: no line closes it. */
export const PLAIN = "plain";

/** The place where these are open; undefined where nothing is. */
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
  const { inside, marks } = leaf.cut.place;
  const { fence, offset, language } = leaf;
  return { fence, offset, language, ...(inside !== "" && { inside }), ...(marks > 0 && { marks }) };
}

/**
 * The beginning of a tree in which all is open that is open at a place. Anyone may have published it: what is no place counts
 * as none.
 */
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
  const leaf = stack.at(-1)?.kind === "list" ? undefined : leafOf(inner, mid === true);
  if (leaf !== undefined) children.push(leaf);
  return { blocks, stack, leaf, mid: mid === true && leaf !== undefined && leaf.kind !== "table" };
}

function listOf({ list: marker, number, loose, indent }: Record<string, unknown>): List | undefined {
  if (typeof marker !== "string" || !/^[-+*.)]$/.test(marker) || !isCount(number, 2e9)) return undefined;
  const item: ListEntry[] = isCount(indent, 1_000) ? [{ kind: "item", indent, children: [], on: true }] : [];
  return { kind: "list", marker, number, loose: loose === true, looseIsFixed: true, children: item, on: true };
}

/** Code that begins here, or goes on. */
export function codeOf(fence: string, offset: number, language: string, from: CodePlace = BEGINNING): Code {
  return { kind: "code", fence, offset, language, text: "", from, cut: { place: from, length: 0 } };
}

/** Notes where what follows this code begins, since it is cut here. */
export function cutCode(code: Code): void {
  const { place, length } = code.cut;
  code.cut = { place: highlight(code.text.slice(length), code.language, place).to, length: code.text.length };
}

function leafOf(inner: unknown, mid: boolean): Leaf | undefined {
  if (!isObject(inner)) return undefined;
  const { text, fence, offset, language, table, plain, inside, marks } = inner;
  if (plain === true) return codeOf(PLAIN, 0, "");
  if (isCount(text, 6)) return { kind: "text", level: text, runs: [""], on: true };
  if (typeof table === "string" && /^[lcr-]{1,20}$/.test(table)) {
    return { kind: "table", align: table, head: [], rows: [], on: true };
  }
  if (typeof fence !== "string" || !/^(?:`{3,}|~{3,}|\$\$|plain)?$/.test(fence)) return undefined;
  if (!isCount(offset, 3) || typeof language !== "string") return undefined;
  const from = {
    inside: isInside(inside, language) ? inside : "",
    marks: isCount(marks, MAX_MARKS) ? marks : 0,
    mid,
  };
  return { ...codeOf(fence, offset, language.slice(0, 30), from), on: true };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isCount(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
