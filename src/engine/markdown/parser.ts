import { pictured, weightOf } from "./characters.ts";
import { GrowingTree } from "./growing-tree.ts";
import { MAX_LINE_CHARACTERS } from "./highlight.ts";
import { inline } from "./inline.ts";
import { Line } from "./line.ts";
import { opened, type ParserPlace, placeOf } from "./place.ts";
import type { Block, Text } from "./tree.ts";

/** How long a piece is at least when it is cut between two blocks: at the top; between items; within a quote or an item. */
const PIECE_CHARACTERS = 100;
const ITEMS_CHARACTERS = 300;
const INSIDE_CHARACTERS = 1_000;
/** The same where it is not known yet whether a list will be loose, which changes how its items look. */
const LOOSE_OR_TIGHT_CHARACTERS = 4_000;
/** How long code and tables are when they are cut between two lines, and a paragraph when it is cut between two sentences. */
const CODE_CHARACTERS = 1_200;
const CODE_LINES = 16;
const SHORT_CODE_CHARACTERS = 200;
const TABLE_CHARACTERS = 4_000;
const SENTENCES_CHARACTERS = 500;
/** A piece is also cut after so many elements, which few characters can make. */
const MAX_ELEMENTS = 300;
/** After so many elements in all, the rest of the text is shown as it is written. */
const MAX_ELEMENTS_OF_ALL = 5_000;
/** What is longer is cut anywhere: a line of code, a table's row; and text that may make so many bytes of HTML. */
const CODE_LINE_CHARACTERS = 4_000;
const ROW_CHARACTERS = 2_000;
const ROWS_BYTES = 16_000;
const TEXT_BYTES = 22_000;

/** A character by which it is known what the line begins, unless that depends on the whole line. */
const TELLING = /[^\s>\d.)+*\-`~$|:=#_]/;
const WHOLE = /^[^\w]*(?:```|~~~|\$\$)/;
/** Where there is no such character in so much of a line, what is there decides. */
const HEAD_CHARACTERS = 400;

const NEWLINE = /\r\n?|\n/g;
/** The end of a sentence, and a space after it. */
const STOP = /[.!?:;…]["'”’)\]]?[ \t]/g;
const END = /[.!?:;…]["'”’)\]]?$/;
/** A line that may be the head of a table, or at whose end the line is broken. */
const GOES_ON = /\|| {2}$|\\$/;
/** A run that cannot be cut is looked at again when it has grown by this factor, so that all looks together cost little. */
const GROWTH_FACTOR = 2;

/** Called when the text can be cut. @param end the index in the text @param place in what the rest goes on */
export type OnCut = (end: number, place: ParserPlace | undefined) => void;

/**
 * Parses Markdown while it grows: CommonMark with tables, strikethrough, task lists, formulas and bare links, but without HTML,
 * and without links that are defined elsewhere, since those would change what is already shown. Where it can be cut depends on
 * the text alone, and not on the pieces in which it comes. Every character costs about the same, whatever the text.
 */
export class Parser {
  readonly #tree: GrowingTree;
  readonly #onCut: OnCut;
  /** Whether it is known what the present line begins, so that the rest are words. Else its head is kept until it is known. */
  #isInLine: boolean;
  #head = "";
  /** Indices in the text: how far it is read, where the line and its words began, where it was cut last. */
  #read = 0;
  #lineStart = 0;
  #wordsStart = 0;
  #cutAt = 0;
  /** Since the last cut: whether all lines were empty; how many elements there were then; the lines and characters of code. */
  #isEmpty = true;
  #isLineEmpty = false;
  #elementsThen = 0;
  #codeLines = 0;
  #codeLength = 0;
  /** At which length of the run it is next checked whether to cut after a sentence; the HTML that it may make so far. */
  #nextLook = SENTENCES_CHARACTERS;
  #weight = 0;
  /** The last characters so far. */
  #tail = "";

  constructor(place?: unknown, onCut: OnCut = () => {}) {
    const from = opened(place);
    this.#tree = new GrowingTree(from, () => this.#beforeNew());
    this.#isInLine = from.mid;
    this.#onCut = onCut;
  }

  add(text: string): void {
    const all = this.#head + pictured(text);
    this.#head = "";
    for (let at = 0; at < all.length; ) {
      NEWLINE.lastIndex = at;
      const found = NEWLINE.exec(all);
      const end = found?.index ?? all.length;
      const isHalf = found?.[0] === "\r" && end + 1 === all.length;
      const newline = found === null || isHalf ? undefined : found[0];
      const isTaken = this.#take(all.slice(at, end), newline !== undefined);
      if (newline === undefined) {
        this.#head = all.slice(isTaken ? end : at);
        return;
      }
      this.#endLine(newline.length);
      at = end + newline.length;
    }
  }

  /** To be called when nothing more comes. @returns the blocks of the whole text */
  end(): Block[] {
    const rest = this.#head.replace(/\r$/, "");
    if (this.#head !== "") this.#take(rest, true);
    if (rest !== this.#head) this.#endLine(1);
    this.#tree.endRow();
    return this.#tree.blocks;
  }

  /** Takes a line, or a part of it. @returns false for a head by which it is not known yet what the line begins */
  #take(text: string, isWhole: boolean): boolean {
    if (this.#isInLine) this.#words(text);
    else if (isWhole || text.length >= HEAD_CHARACTERS || this.#tells(text)) this.#begin(text);
    else return false;
    return true;
  }

  /** Whether it is known from the head of a line what it begins, whatever follows. */
  #tells(head: string): boolean {
    const { leaf } = this.#tree;
    const mayEnd = leaf?.kind === "code" && leaf.fence === "$$"; // a formula may end on the line of its last words
    return !mayEnd && TELLING.test(head) && !WHOLE.test(head);
  }

  #begin(text: string): void {
    // Cut as if the head had come by itself: where the text is cut must not depend on the pieces in which it came.
    const head =
      text.length <= HEAD_CHARACTERS || this.#tells(text.slice(0, HEAD_CHARACTERS))
        ? text
        : text.slice(0, HEAD_CHARACTERS);
    const line = new Line(head);
    this.#isInLine = true;
    this.#lineStart = this.#read;
    if (this.#tree.elements >= MAX_ELEMENTS_OF_ALL && !this.#tree.isPlain) {
      this.#tree.beginPlain();
      this.#cut(this.#lineStart, false, { leaf: { plain: true } });
    }
    this.#tail = "";
    const words = this.#tree.begin(line);
    this.#isLineEmpty = line.isEmpty;
    if (!line.isEmpty) this.#isEmpty = false;
    this.#read += head.length - words.length;
    this.#wordsStart = this.#read;
    this.#words(words + text.slice(head.length));
  }

  #words(text: string): void {
    for (let rest = text; rest !== ""; ) {
      this.#look(rest);
      const taken = rest.slice(0, this.#room(rest));
      this.#tree.write(taken);
      this.#read += taken.length;
      if (this.#tree.leaf?.kind === "code") this.#codeLength += taken.length;
      this.#tail = (this.#tail + taken).slice(-3);
      rest = rest.slice(taken.length);
    }
  }

  /** Cuts within a line, if it is time, before what comes next in it. */
  #look(next: string): void {
    const { leaf, length } = this.#tree;
    if (leaf === undefined) return;
    const isSentence = leaf.kind === "text" && leaf.level === 0 && length >= this.#nextLook && /^[ \t]/.test(next);
    const isTooMuch =
      leaf.kind === "code"
        ? this.#codeRoom <= 0
        : leaf.kind === "table"
          ? length >= ROW_CHARACTERS
          : this.#weight >= TEXT_BYTES;
    if (isTooMuch && !/[\uD800-\uDBFF]$/.test(this.#tail))
      this.#cut(this.#read, true); // not between the two halves of a character
    else if (isSentence && END.test(this.#tail) && this.#canEnd(leaf)) this.#cut(this.#read, true);
  }

  /** How many characters to take before checking again whether to cut; at least one. */
  #room(words: string): number {
    const { leaf, length } = this.#tree;
    if (leaf === undefined) return words.length;
    if (leaf.kind === "code") return Math.max(1, this.#codeRoom);
    if (leaf.kind === "table")
      return this.#weigh(words.slice(0, Math.max(1, ROW_CHARACTERS - length)), Number.POSITIVE_INFINITY);
    let most = words.length;
    if (leaf.level === 0 && words.length > this.#nextLook - length) {
      most = stopIn(this.#tail + words, this.#tail.length + Math.max(1, this.#nextLook - length)) - this.#tail.length;
    }
    return this.#weigh(words.slice(0, most), TEXT_BYTES);
  }

  /** How many characters may follow in a line of code before it is cut: one that can be coloured is not. */
  get #codeRoom(): number {
    return Math.max(CODE_LINE_CHARACTERS - this.#codeLength, MAX_LINE_CHARACTERS - (this.#read - this.#wordsStart));
  }

  /** Adds up how much HTML words may make. @returns how many characters of them do not make too much */
  #weigh(words: string, most: number): number {
    let before = this.#tail.charCodeAt(this.#tail.length - 1);
    for (let at = 0; at < words.length; at++) {
      const code = words.charCodeAt(at);
      this.#weight += weightOf(code, before);
      if (this.#weight >= most) return at + 1;
      before = code;
    }
    return words.length;
  }

  /** Whether nothing is open in a paragraph, such as bold text, so that it can be cut. */
  #canEnd({ runs }: Text): boolean {
    const run = runs.at(-1)!;
    const canEnd = this.#isLooseKnown && !GOES_ON.test(run.slice(run.lastIndexOf("\n") + 1)) && !inline(run).open;
    if (!canEnd) this.#nextLook = GROWTH_FACTOR * run.length;
    return canEnd;
  }

  #endLine(newline: number): void {
    const { leaf } = this.#tree;
    this.#tree.endLine();
    this.#read += newline;
    this.#isInLine = false;
    if (leaf?.kind === "code") {
      this.#codeLength += newline;
      this.#codeLines++;
    }
    if (this.#isDue()) this.#cut(this.#read, false);
  }

  /** Whether it is long enough to be cut at the end of this line, and can be. */
  #isDue(): boolean {
    const { leaf, stack, length } = this.#tree;
    const sinceCut = this.#read - this.#cutAt;
    if (this.#isEmpty) return false;
    if (leaf === undefined) return stack.length === 0 && sinceCut >= PIECE_CHARACTERS;
    if (leaf.kind === "code") {
      // Empty lines at the end of indented code do not belong to it.
      const isOver = leaf.fence === "" && this.#isLineEmpty;
      return (
        !isOver &&
        this.#isLooseKnown &&
        (this.#codeLength >= CODE_CHARACTERS ||
          (this.#codeLines >= CODE_LINES && this.#codeLength >= SHORT_CODE_CHARACTERS))
      );
    }
    if (leaf.kind === "table") return sinceCut >= TABLE_CHARACTERS || this.#weight >= ROWS_BYTES || this.#isFull;
    return length >= this.#nextLook && this.#canEnd(leaf);
  }

  /** Cuts before the line if it is time, since the line begins something new. */
  #beforeNew(): void {
    const length = this.#lineStart - this.#cutAt;
    if (!this.#isEmpty && length >= PIECE_CHARACTERS && (length >= this.#enough() || this.#isFull))
      this.#cut(this.#lineStart, false);
    this.#nextLook = SENTENCES_CHARACTERS;
    this.#weight = 0;
  }

  #enough(): number {
    const { stack } = this.#tree;
    if (stack.length === 0) return PIECE_CHARACTERS;
    if (!this.#isLooseKnown) return LOOSE_OR_TIGHT_CHARACTERS;
    return stack.at(-1)!.kind === "list" ? ITEMS_CHARACTERS : INSIDE_CHARACTERS;
  }

  /** Whether it is known of all open lists if they are loose, or too much text waits for that. */
  get #isLooseKnown(): boolean {
    if (this.#read - this.#cutAt >= LOOSE_OR_TIGHT_CHARACTERS) return true;
    for (const container of this.#tree.stack) {
      if (container.kind !== "list") continue;
      const { loose, looseIsFixed, children } = container;
      if (!loose && !looseIsFixed && children.length < 2) return false;
    }
    return true;
  }

  get #isFull(): boolean {
    return this.#tree.elements - this.#elementsThen >= MAX_ELEMENTS;
  }

  #cut(end: number, mid: boolean, place?: ParserPlace): void {
    this.#tree.cut(mid);
    this.#cutAt = end;
    this.#isEmpty = true;
    this.#elementsThen = this.#tree.elements;
    this.#codeLines = 0;
    this.#codeLength = 0;
    this.#nextLook = SENTENCES_CHARACTERS;
    this.#weight = 0;
    this.#onCut(end, place ?? placeOf(this.#tree.stack, this.#tree.leaf, mid));
  }
}

/** The index of the first space, from `from` on, that follows the end of a sentence; the text's length if there is none. */
function stopIn(text: string, from: number): number {
  STOP.lastIndex = Math.max(0, from - 2);
  while (STOP.exec(text) !== null) if (STOP.lastIndex > from) return STOP.lastIndex - 1;
  return text.length;
}
