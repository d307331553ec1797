import type { CodePlace } from "./highlight.ts";

/**
 * A block of a text. With `on` it was begun by an earlier text, and goes on in this one: the rest of a list, or of a quote.
 */
export type Block = Text | Code | Table | Rule | Quote | List;
export type Container = Quote | List | ListEntry;
export type Leaf = Text | Code | Table;

/** A paragraph, or a heading. */
export interface Text {
  readonly kind: "text";
  /** 0 for a paragraph. */
  level: number;
  /** Whether it is a heading that is underlined, which may end with `#`. */
  isUnderlined?: true;
  /** The text. Each run is parsed by itself: what one of them leaves open ends with it. */
  readonly runs: string[];
  readonly on?: true;
}

export interface Code {
  readonly kind: "code";
  /** What closes it, or more of the same; "" where the code is indented. */
  readonly fence: string;
  /** How far the fence is indented, in columns. */
  readonly offset: number;
  readonly language: string;
  text: string;
  /** Where it begins within code that was begun by an earlier text. */
  readonly from: CodePlace;
  /** Where what follows the last cut begins, and how much of the text is before that. */
  cut: { readonly place: CodePlace; readonly length: number };
  readonly on?: true;
}

export interface Table {
  readonly kind: "table";
  /** A letter for each column: l, c, r, or - where it does not say. */
  readonly align: string;
  readonly head: readonly string[];
  readonly rows: string[][];
  readonly on?: true;
}

export interface Rule {
  readonly kind: "rule";
}

export interface Quote {
  readonly kind: "quote";
  readonly children: Block[];
  readonly on?: true;
}

export interface List {
  readonly kind: "list";
  /** `-`, `+` or `*`, or what follows a number: `.` or `)`. */
  readonly marker: string;
  /** The number of its first item. */
  readonly number: number;
  /** Whether there are empty lines between its items, so that their text is shown as paragraphs. */
  loose: boolean;
  /** Whether its beginning is in an earlier text: it then stays as loose as that is. */
  looseIsFixed: boolean;
  readonly children: ListEntry[];
  readonly on?: true;
}

export interface ListEntry {
  readonly kind: "item";
  /** By how many columns the lines that belong to it are indented. */
  readonly indent: number;
  readonly children: Block[];
  readonly on?: true;
}
