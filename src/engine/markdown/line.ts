/** A line that is read from left to right for the blocks that begin in it. Tabs reach to the next multiple of four columns. */
export class Line {
  readonly text: string;
  /** Whether the whole line is blank. */
  readonly isEmpty: boolean;
  /** How far it is read: the index in the text, and the column. Within a tab, several columns have the same index. */
  at = 0;
  column = 0;
  /** The index of the next character that is no space, and by how many columns it is indented: set by `look`. */
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

  /** Finds the next character that is no space. */
  look(): void {
    let at = this.at;
    let column = this.column;
    for (; this.text[at] === " " || this.text[at] === "\t"; at++)
      column += this.text[at] === "\t" ? 4 - (column % 4) : 1;
    this.next = at;
    this.indent = column - this.column;
  }

  /** Moves over so many columns of spaces, or as many as there are. */
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

  /** Moves over the spaces, so many characters, and so many columns of spaces after them. */
  over(characters: number, columns: number): void {
    this.column += this.indent + characters;
    this.at = this.next + characters;
    this.#inTab = false;
    this.look();
    this.indented(columns);
  }

  /** The rest of the line, spaces included. */
  rest(): string {
    if (!this.#inTab) return this.text.slice(this.at);
    return " ".repeat(4 - (this.column % 4)) + this.text.slice(this.at + 1);
  }

  /** The rest of the line after the spaces. */
  words(): string {
    return this.text.slice(this.next);
  }

  has(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.next;
    return pattern.exec(this.text);
  }
}
