import { GrowingBytes } from "../engine/core/growing-bytes.ts";
import { ApiError } from "./api-error.ts";

const MIB = 1024 * 1024;
/** The largest body that is read, in bytes, and the most that is kept of it. */
export const MAX_BODY_BYTES = 20 * MIB;
const MAX_KEPT_BYTES = MIB;

/** What base64 comes after in a body: an image's URL, or a sound. */
const BEFORE = /;base64,|"data": ?"/g;
const LONGEST_BEFORE = '"data": "'.length;
/** So much of it is kept, since what is short may be something else. */
const KEPT_OF_BASE64 = 1_024;
const IS_BASE64 = Uint8Array.from({ length: 256 }, (_, byte) => Number(/[\w+/=-]/.test(String.fromCharCode(byte))));

/** A body as it arrives, without the base64 in it: pictures and sounds are not looked at here, and are most of what is sent. */
export class Body {
  readonly #kept = new GrowingBytes();
  #received = 0;
  /** The end of what came before, as what base64 comes after may be cut in two. */
  #tail = Buffer.alloc(0);
  /** How much of a run of base64 has come, where one is coming. */
  #run: number | undefined;

  get bytes(): Buffer {
    return this.#kept.bytes;
  }

  /** @throws ApiError 413 `body_too_large` */
  add(chunk: Uint8Array): void {
    this.#received += chunk.length;
    if (this.#received > MAX_BODY_BYTES)
      throw tooLarge(`The body is over ${MAX_BODY_BYTES / MIB} MiB. Send less at once.`);
    const bytes = Buffer.concat([this.#tail, chunk]);
    const text = bytes.toString("latin1"); // a character a byte
    let at = this.#tail.length;
    while (at < bytes.length) {
      if (this.#run === undefined) {
        const end = beginning(text, at);
        this.#keep(bytes.subarray(at, end ?? bytes.length));
        if (end !== undefined) this.#run = 0;
        at = end ?? bytes.length;
      } else {
        const from = at;
        while (at < bytes.length && IS_BASE64[bytes[at]!] === 1) at++;
        this.#keep(bytes.subarray(from, Math.min(at, from + Math.max(0, KEPT_OF_BASE64 - this.#run))));
        this.#run = at < bytes.length ? undefined : this.#run + at - from;
      }
    }
    this.#tail = Buffer.from(bytes.subarray(-LONGEST_BEFORE + 1));
  }

  #keep(bytes: Buffer): void {
    if (this.#kept.length + bytes.length > MAX_KEPT_BYTES) {
      throw tooLarge(
        `The body is over ${MAX_KEPT_BYTES / 1024} KiB besides its pictures and sounds. Send less at once.`,
      );
    }
    this.#kept.add(bytes);
  }
}

/** Where the next base64 begins: after what it comes after, of which only the last byte has to be beyond `from`. */
function beginning(text: string, from: number): number | undefined {
  BEFORE.lastIndex = Math.max(0, from - LONGEST_BEFORE + 1);
  let found = BEFORE.exec(text);
  while (found !== null && BEFORE.lastIndex <= from) found = BEFORE.exec(text);
  return found === null ? undefined : BEFORE.lastIndex;
}

function tooLarge(message: string): ApiError {
  return new ApiError(413, "body_too_large", message);
}

/** A request's body, without the base64 in it. @throws ApiError 413 `body_too_large` */
export async function bytesOf(request: Request): Promise<Buffer> {
  const body = new Body();
  for await (const part of request.body ?? []) body.add(part);
  return body.bytes;
}

/**
 * A body of parts, each made only when its reader wants it. However it ends (made to its end, failed, left by its reader, or
 * `signal` was aborted), `stop` is aborted then.
 */
export function bodyOf(
  parts: AsyncGenerator<string | Uint8Array>,
  stop: AbortController,
  signal: AbortSignal = stop.signal,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          signal.throwIfAborted();
          const { done, value } = await parts.next();
          if (!done) return controller.enqueue(typeof value === "string" ? Buffer.from(value) : value);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        stop.abort();
      },
      cancel: () => stop.abort(),
    },
    { highWaterMark: 0 }, // nothing is made beforehand
  );
}
