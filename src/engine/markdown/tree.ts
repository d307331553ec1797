/**
 * What a text is made of. What carries `on` was begun by the text before this one: a list that goes on, the rest of a quote.
 */
export type Block = Text | Code | Table | Rule | Quote | List;
export type Container = Quote | List | ListEntry;
export type Leaf = Text | Code | Table;

/** A paragraph, or a heading. */
export interface Text {
  readonly kind: "text";
  /** 0 for a paragraph. */
  level: number;
  /** A heading that is underlined, and so may end with marks. */
  isUnderlined?: true;
  /** Each is read by itself, so that what one of them leaves open ends with it. */
  readonly runs: string[];
  readonly on?: true;
}

export interface Code {
  readonly kind: "code";
  /** What closes it, or more of the same; none where it is indented. */
  readonly fence: string;
  /** How far the fence is indented, in columns. */
  readonly offset: number;
  readonly language: string;
  text: string;
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
  /** Of its first item. */
  readonly number: number;
  /** There are empty lines in it, so that its paragraphs are kept apart. */
  loose: boolean;
  /** Its beginning was cut off, so that it stays as loose as that was. */
  settled: boolean;
  readonly children: ListEntry[];
  readonly on?: true;
}

export interface ListEntry {
  readonly kind: "item";
  /** Columns by which what belongs to it is indented. */
  readonly indent: number;
  readonly children: Block[];
  readonly on?: true;
}
