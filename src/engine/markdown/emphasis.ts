import { kindOf, PUNCTUATION, SPACE } from "./characters.ts";

/** A run of the same mark, such as `**`. */
interface Run {
  /** Its index in the output. */
  readonly at: number;
  readonly mark: string;
  readonly whole: number;
  readonly opens: boolean;
  readonly closes: boolean;
  /** How many of its marks are not used yet, and the tags of those that are. */
  left: number;
  ended: string;
  begun: string;
  before: Run | undefined;
  after: Run | undefined;
}

/** Longer runs are plain text; and at most so many may be open within each other. */
const MAX_RUN_CHARACTERS = 12;
const MAX_DEPTH = 24;

const MARKS = "*_~";
const NEWLINE = 10;

/**
 * Pairs the marks of emphasis as CommonMark says. A closing run looks back for an opening one, but not past the point from
 * which the same kind of run has looked in vain before: so all of it takes time in proportion to the number of runs.
 */
export class Emphasis {
  readonly #all: Run[] = [];
  #last: Run | undefined;
  #depth = 0;

  /** The last run so far, to be given to `settle` later. */
  get last(): Run | undefined {
    return this.#last;
  }

  /** Adds a run of marks. @param at its index in the output */
  add(text: string, start: number, end: number, at: number): void {
    const mark = text[start]!;
    const whole = end - start;
    if (whole > MAX_RUN_CHARACTERS || (mark === "~" && whole !== 2)) return;
    const before = kindOf(start === 0 ? NEWLINE : codePointBefore(text, start));
    const after = kindOf(end === text.length ? NEWLINE : text.codePointAt(end)!);
    const left = after !== SPACE && (after !== PUNCTUATION || before !== 0);
    const right = before !== SPACE && (before !== PUNCTUATION || after !== 0);
    const word = mark === "_"; // within a word it is a letter
    const opens = left && (!word || !right || before === PUNCTUATION);
    const closes = right && (!word || !left || after === PUNCTUATION);
    if (!opens && !closes) return;
    if (opens !== closes) this.#depth = Math.max(0, this.#depth + (opens ? 1 : -1));
    if (opens && this.#depth > MAX_DEPTH) return;
    const run: Run = {
      at,
      mark,
      whole,
      opens,
      closes,
      left: whole,
      ended: "",
      begun: "",
      before: this.#last,
      after: undefined,
    };
    if (this.#last !== undefined) this.#last.after = run;
    this.#last = run;
    this.#all.push(run);
  }

  /** Pairs the runs after `from`. @returns whether one of them may still be closed by what follows */
  pairUp(from?: Run): boolean {
    /** By kind of run: the index below which it need not look again. */
    const bottoms: number[] = [];
    let closer = this.#firstAfter(from);
    while (closer !== undefined) {
      const { after } = closer;
      const kind = 6 * MARKS.indexOf(closer.mark) + (closer.opens ? 3 : 0) + (closer.whole % 3);
      const opener = closer.closes ? openerOf(closer, from, bottoms[kind] ?? -1) : undefined;
      if (opener !== undefined) {
        pair(opener, closer);
        if (opener.left === 0) this.#drop(opener);
        if (closer.left > 0) continue;
        this.#drop(closer);
      } else if (closer.closes) {
        bottoms[kind] = closer.before?.at ?? -1;
        if (!closer.opens) this.#drop(closer);
      }
      closer = after;
    }
    const open = this.#last !== from; // what only closes is gone
    this.#last = from;
    if (from !== undefined) from.after = undefined;
    return open;
  }

  /** Leaves out all runs from an index of the output on, where something else stands now. They are paired up already. */
  forget(at: number): void {
    while (this.#all.length > 0 && this.#all.at(-1)!.at >= at) this.#all.pop();
  }

  /** Writes the tags into the output. */
  write(out: string[]): void {
    for (const { at, mark, left, whole, ended, begun } of this.#all) {
      if (left < whole) out[at] = ended + mark.repeat(left) + begun;
    }
  }

  #firstAfter(from: Run | undefined): Run | undefined {
    if (from !== undefined) return from.after;
    let first = this.#last;
    while (first?.before !== undefined) first = first.before;
    return first;
  }

  #drop({ before, after }: Run): void {
    if (before !== undefined) before.after = after;
    if (after !== undefined) after.before = before;
    else this.#last = before;
  }
}

function openerOf(closer: Run, from: Run | undefined, bottom: number): Run | undefined {
  for (let run = closer.before; run !== undefined && run !== from && run.at > bottom; run = run.before) {
    if (pairs(run, closer)) return run;
  }
  return undefined;
}

function pairs(opener: Run, closer: Run): boolean {
  if (!opener.opens || opener.mark !== closer.mark) return false;
  if (opener.mark === "~" || !(opener.closes || closer.opens)) return true;
  return closer.whole % 3 === 0 || (opener.whole + closer.whole) % 3 !== 0;
}

/** Makes the two a pair. The runs between them are dropped. */
function pair(opener: Run, closer: Run): void {
  opener.after = closer;
  closer.before = opener;
  const used = opener.left >= 2 && closer.left >= 2 ? 2 : 1;
  const tag = opener.mark === "~" ? "s" : used === 2 ? "strong" : "em";
  opener.left -= used;
  closer.left -= used;
  opener.begun = `<${tag}>${opener.begun}`;
  closer.ended += `</${tag}>`;
}

function codePointBefore(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  const isHalf = code >= 0xdc00 && code < 0xe000 && at > 1;
  return isHalf ? text.codePointAt(at - 2)! : code;
}
