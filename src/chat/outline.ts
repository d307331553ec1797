import { parser } from "../markdown.ts";

/** What a text is, as far as it has to be known to cut it. */
export interface Outline {
  /** Its first block: `paragraph_open`, `fence`, … */
  readonly kind: string;
  /** The lines at which its blocks begin, those within others not counted. */
  readonly starts: readonly number[];
  /** Of a list, the lines at which its items begin. */
  readonly items: readonly { line: number }[];
  /** Of a list, its first number. */
  readonly first: number;
  /** Of code, what it is fenced with. */
  readonly markup: string;
  /** At a line's end: no other line belongs to it. */
  readonly over: boolean;
  /** Something in it, such as bold text, may have begun that has not ended. */
  readonly dangling: boolean;
}

/** @returns undefined for a text that shows nothing */
export function outline(text: string): Outline | undefined {
  const tokens = parser.parse(text, {});
  const blocks = tokens.filter(({ level, map, nesting }) => level === 0 && map !== null && nesting >= 0);
  const [first] = blocks;
  if (first === undefined) return undefined;
  const words = tokens.flatMap(({ children }) => children ?? []).filter(({ type }) => type === "text");
  return {
    kind: first.type,
    starts: blocks.map(({ map }) => map![0]),
    items: tokens
      .filter(({ type, level }) => type === "list_item_open" && level === 1)
      .map(({ map }) => ({ line: map![0] })),
    first: Number(first.attrGet("start") ?? 1),
    markup: first.markup,
    over: /^(?:heading_open|hr)$/.test(first.type) || (first.type === "fence" && isClosed(text, first.markup)),
    dangling: words.some(({ content }) => /[*`[~]|\b_|_\b/.test(content)),
  };
}

function isClosed(text: string, markup: string): boolean {
  return /\n {0,3}(`{3,}|~{3,})[ \t]*\n$/.exec(text)?.[1]?.startsWith(markup) ?? false;
}
