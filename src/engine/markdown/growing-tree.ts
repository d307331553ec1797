import { afterQuotes, goingOn } from "./containers.ts";
import type { Line } from "./line.ts";
import { codeOf, cutCode, MAX_LEVELS, type opened, PLAIN } from "./place.ts";
import { bullet, cells, closes, columns, fence, heading, isRule, underlined } from "./starts.ts";
import type { Block, Code, Container, Leaf, List, ListEntry, Quote, Table, Text } from "./tree.ts";

/** `#gap` where no empty line came before. */
const NO_GAP = Number.POSITIVE_INFINITY;

const MARKS = new Set<string | undefined>("#>`~$=-+*_|:0123456789");

/** What a line begins: a container, after which it may begin more; a leaf, with its first words; or nothing. */
type Begun = "container" | { words: string } | undefined;

/**
 * The tree of blocks of a text, built line by line as CommonMark says: each line first continues what is open, then begins new
 * blocks. Call `begin` with each line, and `write` with what comes of its words.
 */
export class GrowingTree {
  readonly blocks: Block[];
  readonly stack: Container[];
  /** The innermost open block that holds text: the words of a line belong to it. */
  leaf: Leaf | undefined;
  /** How many elements have been begun so far. */
  elements = 0;
  readonly #beforeNew: () => void;
  /** How many containers the present line continues, and whether the others have been closed. */
  #depth = 0;
  #isClosed = false;
  /** After an empty line: the index of the container in which it was empty (the quotes before it had their marks). */
  #gap = NO_GAP;
  #lastGap = NO_GAP;
  /** The last line of the open paragraph, unless it was cut. To take it from the run would make a copy of that for each line. */
  #lastLine: string | undefined;
  /** The present row of the open table. */
  #row = "";
  /** Whether the present line is a fence, and so no line of the code itself. */
  #isFence = false;

  /** @param beforeNew called when a line is about to begin a block in the containers that stay open */
  constructor({ blocks, stack, leaf }: ReturnType<typeof opened>, beforeNew: () => void) {
    this.blocks = blocks;
    this.stack = stack;
    this.leaf = leaf;
    this.#beforeNew = beforeNew;
  }

  /** Takes the beginning of a line. @returns its first words, which belong to the leaf */
  begin(line: Line): string {
    this.#lastGap = this.#gap;
    this.#gap = NO_GAP;
    this.#depth = goingOn(this.stack, line);
    this.#isClosed = false;
    this.#isFence = false;
    const all = this.#depth === this.stack.length;
    if (all && this.leaf?.kind === "code") {
      const words = this.leaf.fence === "" ? this.#indented(line) : this.#fenced(this.leaf, line);
      if (words !== undefined) return words;
    }
    if (line.blank) return this.#blank();
    let paragraph = this.leaf?.kind === "text" ? this.leaf : undefined;
    for (let direct = all; ; direct = true) {
      if (line.blank) return "";
      const begun = this.#beginOne(line, paragraph, direct);
      if (begun === undefined) break;
      if (begun !== "container") return begun.words;
      paragraph = undefined;
    }
    const isRow = all && this.leaf?.kind === "table" && !this.#isClosed;
    if (paragraph !== undefined) {
      this.write("\n");
      this.#lastLine = "";
    } else if (!isRow) this.#openText(0);
    return line.words();
  }

  /** From here on all is shown as it is written. */
  beginPlain(): void {
    this.stack.length = 0;
    this.leaf = codeOf(PLAIN, 0, "");
    this.blocks.push(this.leaf);
  }

  get isPlain(): boolean {
    return this.leaf?.kind === "code" && this.leaf.fence === PLAIN;
  }

  /** Adds more words of the line. Where no leaf is open for them, as after a long rule, they begin a paragraph. */
  write(words: string): void {
    const { leaf } = this;
    if (leaf?.kind === "code") leaf.text += this.#isFence ? "" : words;
    else if (leaf?.kind === "table") this.#row += words;
    else if (leaf !== undefined) {
      leaf.runs[leaf.runs.length - 1] += words;
      if (this.#lastLine !== undefined) this.#lastLine += words;
    } else if (words.trim() !== "") {
      this.#openText(0);
      this.write(words.trimStart());
    }
  }

  endLine(): void {
    if (this.leaf?.kind === "code" && !this.#isFence) this.leaf.text += "\n";
    if (this.leaf?.kind === "text" && this.leaf.level > 0) this.leaf = undefined;
    this.endRow();
  }

  endRow(): void {
    if (this.leaf?.kind !== "table" || this.#row === "") return;
    this.leaf.rows.push(cells(this.#row));
    this.elements += this.leaf.align.length;
    this.#row = "";
  }

  /** Begins a new run for the words that follow; after a table's row that is too long, a paragraph. */
  cut(mid: boolean): void {
    if (this.leaf?.kind === "table" && mid) {
      this.endRow();
      this.#isClosed = true;
      this.#openText(0);
    } else if (this.leaf?.kind === "text") this.leaf.runs.push("");
    else if (this.leaf?.kind === "code") cutCode(this.leaf);
    this.#lastLine = undefined;
    for (const container of this.stack) if (container.kind === "list") container.looseIsFixed = true;
  }

  /** How long the words of the present line are so far. */
  get length(): number {
    const { leaf } = this;
    return leaf?.kind === "text" ? leaf.runs.at(-1)!.length : this.#row.length;
  }

  /**
   * @param paragraph that continues with the line if that begins nothing
   * @param direct whether the line continues all its containers
   */
  #beginOne(line: Line, paragraph: Text | undefined, direct: boolean): Begun {
    if (line.indent >= 4) {
      if (paragraph !== undefined) return undefined;
      this.#openCode("", 0, "");
      line.indented(4);
      return { words: line.rest() };
    }
    // No block begins with any other character.
    if (!MARKS.has(line.char)) return undefined;
    const above = direct ? paragraph : undefined;
    const isFull = this.stack.length + 2 > MAX_LEVELS;
    if (line.char === ">" && !isFull) {
      this.#openQuote();
      line.over(1, 1);
      return "container";
    }
    const title = heading(line);
    if (title !== undefined) {
      this.#openText(title.level);
      return { words: line.words().slice(title.length) };
    }
    const code = fence(line);
    if (code !== undefined) {
      this.#openCode(code.fence, line.indent, code.language);
      this.#isFence = code.words === "";
      return { words: code.words };
    }
    if (above !== undefined && (this.#beginsTable(line, above) || this.#underlines(line, above))) return { words: "" };
    if (isRule(line)) {
      this.#close();
      this.#adopt({ kind: "rule" });
      return { words: "" };
    }
    return isFull ? undefined : this.#item(line, above);
  }

  #item(line: Line, above: Text | undefined): Begun {
    const found = bullet(line);
    if (found === undefined) return undefined;
    const { marker, number, length, isEmpty } = found;
    // Within a paragraph, only a list that begins with 1 ends it.
    if (above !== undefined && (isEmpty || number !== 1)) return undefined;
    this.#close(marker);
    const before = line.indent;
    line.over(length, 0);
    const spaces = isEmpty || line.indent > 4 ? 1 : line.indent;
    if (!isEmpty) line.indented(spaces);
    const item: ListEntry = { kind: "item", indent: before + length + spaces, children: [] };
    this.#list(marker, number).children.push(item);
    this.stack.push(item);
    this.elements++;
    return "container";
  }

  /** The list that an item belongs to: the open one, or a new one. */
  #list(marker: string, number: number): List {
    const last = this.stack.at(-1);
    if (last?.kind === "list") {
      if (this.#lastGap < this.stack.length && !last.looseIsFixed) last.loose = true;
      return last;
    }
    const list: List = { kind: "list", marker, number, loose: false, looseIsFixed: false, children: [] };
    this.#adopt(list);
    this.stack.push(list);
    return list;
  }

  #openQuote(): void {
    this.#close();
    const container: Quote = { kind: "quote", children: [] };
    this.#adopt(container);
    this.stack.push(container);
  }

  #openText(level: number): void {
    this.#close();
    this.leaf = { kind: "text", level, runs: [""] };
    this.#lastLine = "";
    this.#adopt(this.leaf);
  }

  #openCode(fence: string, offset: number, language: string): void {
    this.#close();
    this.leaf = codeOf(fence, offset, language);
    this.#adopt(this.leaf);
  }

  /** Closes what the line does not continue. A list stays open if another of its items begins. */
  #close(marker?: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.stack.length = this.#depth;
    this.leaf = undefined;
    const last = this.stack.at(-1);
    if (last?.kind === "list" && last.marker !== marker) this.stack.pop();
    this.#beforeNew();
  }

  #adopt(block: Block): void {
    const parent = this.stack.at(-1);
    const isNext = parent?.kind === "item" && (parent.children.length > 0 || parent.on === true);
    const list = this.stack.at(-2);
    if (isNext && this.#lastGap < this.stack.length && list?.kind === "list" && !list.looseIsFixed) list.loose = true;
    const children = parent === undefined ? this.blocks : (parent.children as Block[]);
    children.push(block);
    this.elements++;
  }

  /** An empty line closes all but lists, their items, and code. */
  #blank(): string {
    this.stack.length = this.#depth;
    this.leaf = undefined;
    this.#gap = afterQuotes(this.stack);
    return "";
  }

  #indented(line: Line): string | undefined {
    if (line.indent < 4 && !line.blank) {
      this.leaf = undefined;
      return undefined;
    }
    if (line.blank) this.#gap = afterQuotes(this.stack);
    line.indented(4);
    return line.rest();
  }

  #fenced(code: Code, line: Line): string {
    if (!closes(line, code.fence)) {
      line.indented(code.offset);
      return line.rest();
    }
    // A formula may end on the line of its last words.
    if (code.fence === "$$") code.text += line.words().trimEnd().slice(0, -2);
    this.leaf = undefined;
    return "";
  }

  /** Whether a line makes the one above it the head of a table. */
  #beginsTable(line: Line, above: Text): boolean {
    const words = this.#lastLine;
    if (!words?.includes("|")) return false;
    const sides = columns(line);
    const head = sides === undefined ? [] : cells(words);
    if (sides === undefined || head.length !== sides.length) return false;
    const align = sides.join("");
    const run = above.runs.at(-1)!;
    above.runs[above.runs.length - 1] = run.slice(0, Math.max(0, run.length - words.length - 1));
    const table: Table = { kind: "table", align, head, rows: [] };
    this.#adopt(table);
    this.elements += align.length;
    this.leaf = table;
    return true;
  }

  /** Whether a line makes the text above it a heading. A text that was cut cannot become one any more. */
  #underlines(line: Line, above: Text): boolean {
    const level = above.on === true || above.runs.length > 1 || above.level > 0 ? undefined : underlined(line);
    if (level === undefined || above.runs[0] === "") return false;
    above.level = level;
    above.isUnderlined = true;
    this.leaf = undefined;
    return true;
  }
}
