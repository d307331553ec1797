/** A line as blocks are looked for in it: from left to right, with tabs that reach to each fourth column. */
export class Line {
  readonly text: string;
  /** There is nothing in it, not even the mark of a quote. */
  readonly isEmpty: boolean;
  /** The place in the text, and its column: within a tab, several columns have one place. */
  at = 0;
  column = 0;
  /** The next place that is no space, and by how many columns it is indented; see `look`. */
  next = 0;
  indent = 0;
  #inTab = false;

  constructor(text: string) {
    this.text = text;
    this.look();
    this.isEmpty = this.blank;
  }

  /** The first character that is no space. */
  get char(): string | undefined {
    return this.text[this.next];
  }

  get blank(): boolean {
    return this.next >= this.text.length;
  }

  /** Finds what comes after spaces. */
  look(): void {
    let at = this.at;
    let column = this.column;
    for (; this.text[at] === " " || this.text[at] === "\t"; at++)
      column += this.text[at] === "\t" ? 4 - (column % 4) : 1;
    this.next = at;
    this.indent = column - this.column;
  }

  /** Over so many columns of spaces, or fewer where there are not so many. */
  indented(columns: number): void {
    for (let left = Math.min(columns, this.indent); left > 0; ) {
      const width = this.text[this.at] === "\t" ? 4 - (this.column % 4) : 1;
      const step = Math.min(width, left);
      this.#inTab = step < width;
      if (!this.#inTab) this.at++;
      this.column += step;
      left -= step;
    }
    this.look();
  }

  /** Over the spaces, so many characters, and so many columns of spaces after them. */
  over(characters: number, columns: number): void {
    this.column += this.indent + characters;
    this.at = this.next + characters;
    this.#inTab = false;
    this.look();
    this.indented(columns);
  }

  /** What is left, as it is. */
  rest(): string {
    if (!this.#inTab) return this.text.slice(this.at);
    return " ".repeat(4 - (this.column % 4)) + this.text.slice(this.at + 1);
  }

  /** What is left after the spaces. */
  words(): string {
    return this.text.slice(this.next);
  }

  has(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.next;
    return pattern.exec(this.text);
  }
}
