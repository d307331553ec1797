const LONGEST_BYTES = 64 * 1024;
/** What is left of a longer line: a fragment has 64 KiB too, and needs room for its markup. */
const CUT_BYTES = 32 * 1024;
const MARK = " … (cut)";
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Lines out of chunks of bytes, cut anywhere. It holds at most 64 KiB of a line that is not complete. */
export class Lines {
  /** The bytes of all lines that were given out, with their ends. */
  taken = 0;
  #parts: Buffer[] = [];
  #length = 0;
  /** Bytes before the line that are no part of it. */
  #skipped = 0;

  *feed(chunk: Buffer): Generator<string, void> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#take(chunk.subarray(start, end));
      start = end + 1;
      this.taken += 1;
      yield this.flush();
    }
    this.#take(chunk.subarray(start));
  }

  get empty(): boolean {
    return this.#length === 0;
  }

  /** The line as far as it is known, after which the next one begins. */
  flush(): string {
    const bytes = Buffer.concat(this.#parts);
    const ending = this.#length === bytes.length && bytes.at(-1) === RETURN ? 1 : 0;
    const length = this.#length - ending;
    this.taken += this.#skipped + this.#length;
    this.#parts = [];
    this.#length = 0;
    this.#skipped = 0;
    if (length <= LONGEST_BYTES) return bytes.toString("utf8", 0, length);
    // As a stream that goes on, the decoder leaves a character out that the cut has torn.
    return new TextDecoder().decode(bytes.subarray(0, CUT_BYTES), { stream: true }) + MARK;
  }

  #take(chunk: Buffer): void {
    const bytes = this.#length === 0 ? this.#withoutHole(chunk) : chunk;
    const room = LONGEST_BYTES + 1 - this.#length; // one more, for the CR of a CRLF
    this.#length += bytes.length;
    // Copied, since the reader's buffer is used again.
    if (room > 0 && bytes.length > 0) this.#parts.push(Buffer.from(bytes.subarray(0, room)));
  }

  /** A file that was emptied under a writer that goes on where it was begins with a hole, which reads as NULs. */
  #withoutHole(chunk: Buffer): Buffer {
    let start = 0;
    while (chunk[start] === 0) start++;
    this.#skipped += start;
    return chunk.subarray(start);
  }
}
