/** How much a reader is given at a time. It has to take it before it is given more, by which it is seen whether it reads. */
export const PIECE_BYTES = 16 * 1024;

/**
 * The body of an answer, cut into pieces. Text is encoded piece by piece, since Koa keeps the text in memory anyway for as long
 * as the answer is under way.
 */
export class Pieces {
  /** The size of the whole body. */
  readonly bytes: number;
  readonly #body: Buffer | string;
  #at = 0;

  /** @param body what `end()` of an answer was given */
  constructor(body: unknown, encoding: unknown) {
    this.#body = isUtf8(encoding) && typeof body === "string" ? body : bytesOf(body, encoding);
    this.bytes = Buffer.byteLength(this.#body);
  }

  /** Whether it is given in one go. */
  get isOne(): boolean {
    return this.bytes <= PIECE_BYTES;
  }

  /** All of it: as text, if it was text, which Node sends together with the headers. */
  get whole(): Buffer | string {
    return this.#body;
  }

  get left(): boolean {
    return this.#at < this.#body.length;
  }

  next(): Buffer {
    const body = this.#body;
    const start = this.#at;
    this.#at += PIECE_BYTES;
    if (typeof body !== "string") return body.subarray(start, this.#at);
    // A surrogate pair is not cut.
    if (isFirstHalf(body.charCodeAt(this.#at - 1))) this.#at++;
    return Buffer.from(body.slice(start, this.#at));
  }
}

/** Text in its encoding, or bytes as they are; none where there is no body. */
export function bytesOf(body: unknown, encoding: unknown): Buffer {
  if (typeof body === "string") return Buffer.from(body, isUtf8(encoding) ? "utf8" : (encoding as BufferEncoding));
  if (Buffer.isBuffer(body)) return body;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return Buffer.alloc(0);
}

function isUtf8(encoding: unknown): boolean {
  return typeof encoding !== "string" || /^utf-?8$/i.test(encoding);
}

function isFirstHalf(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}
