const FIRST_BYTES = 1024;
const NONE = Buffer.alloc(0);

/**
 * Bytes that arrive in pieces, in one buffer that grows. A list of the pieces would be smaller code; but a sender may make them
 * one byte each, and a Buffer for each takes a hundred times that.
 */
export class GrowingBytes {
  #buffer: Buffer = NONE;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  add(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(FIRST_BYTES, 2 * this.#buffer.length, length));
      this.#buffer.copy(larger);
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
  }
}
