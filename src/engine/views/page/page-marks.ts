import { randomBytes } from "node:crypto";
import { isTypedInto } from "../forms/without-script.ts";

// A template is rendered first, since only that tells what the page has. It leaves a mark for each region, and for what else is
// known only later, which is then put in the mark's place. No published value can hold a mark, since nobody can guess it.
const SECRET = randomBytes(16).toString("hex");
const MARK = new RegExp(`(region|part)-${SECRET}-(\\d+)\\.`);

/** `region`: HTML that the page shares with other loads of it. `part`: what is of this load alone, or soon another. */
export type MarkKind = "region" | "part";

export const markOf = (kind: MarkKind, index: number) => `${kind}-${SECRET}-${index}.`;

/** Some HTML, taken apart at its marks. */
export interface CutHtml {
  readonly html: string;
  /** What is before, between and after the marks. */
  readonly texts: readonly string[];
  /** One fewer than there are texts. */
  readonly marks: readonly { readonly kind: MarkKind; readonly index: number }[];
  /** Whether visitors type something in it, but for its regions. */
  readonly isTypedInto: boolean;
}

export function cutAtMarks(html: string): CutHtml {
  // Where it is split, each mark's kind and index are between two texts.
  const split = html.split(MARK);
  const texts = split.filter((_, i) => i % 3 === 0);
  const marks = texts.slice(1).map((_, i) => ({ kind: split[3 * i + 1] as MarkKind, index: Number(split[3 * i + 2]) }));
  return { html, texts, marks, isTypedInto: isTypedInto(html) };
}

/** What stands in the place of the marks, by their index. */
export interface Filling {
  readonly regions: readonly { readonly html: string }[];
  readonly parts: readonly string[];
}

export function filledText({ texts, marks }: CutHtml, { regions, parts }: Filling): string {
  const filling = (i: number) => {
    const { kind, index } = marks[i]!;
    return kind === "region" ? regions[index]!.html : parts[index]!;
  };
  return texts.reduce((page, text, i) => page + filling(i - 1) + text);
}
