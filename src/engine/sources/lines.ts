const MAX_LINE_BYTES = 64 * 1024;
/** How much of a longer line is kept: a fragment may have 64 KiB, and needs room for its markup. */
const CUT_BYTES = 32 * 1024;
const MARK = " … (cut)";
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Makes lines of bytes that come in chunks, cut anywhere. It holds at most 64 KiB of a line that is not complete yet. */
export class Lines {
  /** How many bytes the lines had that were given out so far, with their line ends. */
  takenBytes = 0;
  #parts: Buffer[] = [];
  #lineBytes = 0;
  /** How many bytes stand before the line that are no part of it. */
  #skippedBytes = 0;

  *feed(chunk: Buffer): Generator<string, void> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#take(chunk.subarray(start, end));
      start = end + 1;
      this.takenBytes += 1;
      yield this.flush();
    }
    this.#take(chunk.subarray(start));
  }

  /** Whether nothing of a next line is there. */
  get empty(): boolean {
    return this.#lineBytes === 0;
  }

  /** The line as far as it has come. The next bytes begin a new one. */
  flush(): string {
    const bytes = Buffer.concat(this.#parts);
    const ending = this.#lineBytes === bytes.length && bytes.at(-1) === RETURN ? 1 : 0;
    const length = this.#lineBytes - ending;
    this.takenBytes += this.#skippedBytes + this.#lineBytes;
    this.#parts = [];
    this.#lineBytes = 0;
    this.#skippedBytes = 0;
    if (length <= MAX_LINE_BYTES) return bytes.toString("utf8", 0, length);
    // With `stream`, the decoder leaves out a character of which the cut has taken a part.
    return new TextDecoder().decode(bytes.subarray(0, CUT_BYTES), { stream: true }) + MARK;
  }

  #take(chunk: Buffer): void {
    const bytes = this.#lineBytes === 0 ? this.#withoutHole(chunk) : chunk;
    const room = MAX_LINE_BYTES + 1 - this.#lineBytes; // one more, for the CR of a CRLF
    this.#lineBytes += bytes.length;
    // Copied, since the reader's buffer is used again.
    if (room > 0 && bytes.length > 0) this.#parts.push(Buffer.from(bytes.subarray(0, room)));
  }

  /** A file that was emptied while its writer goes on at its old position begins with a hole, which reads as NULs. */
  #withoutHole(chunk: Buffer): Buffer {
    let start = 0;
    while (chunk[start] === 0) start++;
    this.#skippedBytes += start;
    return chunk.subarray(start);
  }
}
