import type { BigIntStats } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Lines } from "./lines.ts";

const READ_BYTES = 64 * 1024;

/** Of what was written while nobody read, at most the last so many bytes are read. */
const MAX_GAP_BYTES = 16 * 1024 * 1024;

/** A file that others append to. It is kept open, whatever it is renamed to. */
export class GrowingFile {
  readonly identity: string;
  /** Like `identity`, with the time of creation: after a file is deleted, another one may get its inode number. */
  readonly #uniqueIdentity: string;
  readonly #file: FileHandle;
  #at: number;
  /** Whether the next bytes are the rest of a line whose beginning was not read. */
  #torn: boolean;
  #lines = new Lines();
  /** The offset in the file from which `#lines` counts. */
  #origin: number;

  static async open(path: string, from: "start" | "end" | number): Promise<GrowingFile | undefined> {
    const file = await unlessMissing(open(path));
    if (file === undefined) return undefined;
    try {
      const now = await file.stat({ bigint: true });
      if (now.isDirectory()) throw new Error(`tail: ${path} is a folder. Name a file.`);
      const size = Number(now.size);
      const at = from === "start" ? 0 : from === "end" ? size : from > size ? 0 : Math.max(from, size - MAX_GAP_BYTES);
      const before = at > 0 ? await file.read(Buffer.alloc(1), 0, 1, at - 1) : undefined;
      return new GrowingFile(file, now, at, before !== undefined && before.buffer.toString() !== "\n");
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * Goes on at a checkpoint: in the file that this is of, whatever its name in the folder is by now. Where that file is gone,
   * it begins at the start of the file at the path.
   */
  static async resume(path: string, checkpoint: string): Promise<GrowingFile | undefined> {
    const [wanted, at] = checkpoint.split(" ");
    const folder = dirname(path);
    const names = await unlessMissing(readdir(folder));
    for (const candidate of [path, ...(names ?? []).map((name) => join(folder, name))]) {
      const found = await lookAt(candidate).catch(() => undefined); // such as a broken link
      if (found?.uniqueIdentity === wanted) return GrowingFile.open(candidate, Number(at));
    }
    return GrowingFile.open(path, "start");
  }

  private constructor(file: FileHandle, found: BigIntStats, at: number, torn: boolean) {
    this.#file = file;
    this.identity = identity(found);
    this.#uniqueIdentity = uniqueIdentity(found);
    this.#at = at;
    this.#origin = at;
    this.#torn = torn;
  }

  /** The position after the last line that was given out, for `resume`. */
  get checkpoint(): string {
    return `${this.#uniqueIdentity} ${this.#origin + this.#lines.takenBytes}`;
  }

  /** Every line that is complete by now. Reads on only as lines are taken, so that a slow reader fills no memory. */
  async *lines(): AsyncGenerator<string, void> {
    if ((await this.#file.stat()).size < this.#at) this.#restartAt(0);
    const buffer = Buffer.alloc(READ_BYTES);
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, READ_BYTES, this.#at);
      if (bytesRead === 0) return;
      // The file was emptied, and has a hole where the rest of a line should be: that line was cut off.
      if (buffer[0] === 0 && !this.#lines.empty) this.#restartAt(this.#at);
      this.#at += bytesRead;
      for (const line of this.#lines.feed(buffer.subarray(0, bytesRead))) {
        if (!this.#torn) yield line;
        this.#torn = false;
      }
    }
  }

  /** As `lines`, and at the end a line that has no end: to be used when nobody writes to this file any more. */
  async *lastLines(): AsyncGenerator<string, void> {
    yield* this.lines();
    if (!this.#torn && !this.#lines.empty) yield this.#lines.flush();
  }

  #restartAt(at: number): void {
    [this.#at, this.#origin, this.#torn, this.#lines] = [at, at, false, new Lines()];
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** What is at a path now; undefined if nothing is. Two paths whose `identity` is the same are one file. */
export async function lookAt(
  path: string,
): Promise<{ identity: string; uniqueIdentity: string; empty: boolean } | undefined> {
  const found = await unlessMissing(stat(path, { bigint: true }));
  return found && { identity: identity(found), uniqueIdentity: uniqueIdentity(found), empty: found.size === 0n };
}

/** As a bigint, since inodes may be larger than a number is exact. */
function identity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function uniqueIdentity(found: BigIntStats): string {
  return `${identity(found)}:${found.birthtimeNs}`;
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
