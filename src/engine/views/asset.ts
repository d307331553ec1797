import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** How a file may be compressed; what makes it smallest comes first. */
export const CODINGS = ["br", "gzip"] as const;
export type Coding = (typeof CODINGS)[number];

/** Of what is smaller than this there is little to save: it fits into one or two packets as it is. */
const LEAST_BYTES = 1024;
/** Pictures and fonts are compressed already: what saves less than a tenth is not worth a browser's work. */
const WORTH = 0.9;

const { BROTLI_PARAM_SIZE_HINT, Z_BEST_COMPRESSION } = constants;

/** A file that pages refer to, held in memory. */
export class Asset {
  /** As it is in its folder. */
  readonly written: Buffer;
  /** As it is sent. */
  readonly bytes: Buffer;
  /** Of what is sent: part of its address, so that it may be cached for ever. */
  readonly hash: string;
  #compressed: ReadonlyMap<Coding, Buffer> | undefined;
  #work: Promise<void> | undefined;

  constructor(written: Buffer, bytes = written) {
    this.written = written;
    this.bytes = bytes;
    this.hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  }

  /** The same, compressed, in each way that is worth it; undefined until that is known. */
  get compressed(): ReadonlyMap<Coding, Buffer> | undefined {
    return this.#compressed;
  }

  /** Compresses it on a thread of zlib's, once however often this is called. It never rejects. */
  compress(): Promise<void> {
    this.#work ??= this.#compress();
    return this.#work;
  }

  async #compress(): Promise<void> {
    const { bytes } = this;
    const made = new Map<Coding, Buffer>();
    try {
      if (bytes.length < LEAST_BYTES) return;
      const gzipped = await promisify(gzip)(bytes, { level: Z_BEST_COMPRESSION });
      // What gzip cannot make smaller is not worth the time that Brotli would take to find that out: for a film, a minute.
      if (gzipped.length > WORTH * bytes.length) return;
      made.set("br", await promisify(brotliCompress)(bytes, { params: { [BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
      made.set("gzip", gzipped);
    } catch {
      // There is no memory for it just now: the file is served as it is.
    } finally {
      this.#compressed = made;
    }
  }
}
