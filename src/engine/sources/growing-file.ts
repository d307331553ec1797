import type { BigIntStats } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Lines } from "./lines.ts";

const READ_BYTES = 64 * 1024;

/** Of what was written while nobody read, so much is read at most, from its end. */
const LONGEST_GAP_BYTES = 16 * 1024 * 1024;

/** A file that is held open under whatever name it has now. */
export class GrowingFile {
  readonly identity: string;
  /** For longer than it is open: the number of a file that is gone is given to another one. */
  readonly #born: string;
  readonly #file: FileHandle;
  #at: number;
  /** Whether what comes first is the rest of a line whose start was there before. */
  #torn: boolean;
  #lines = new Lines();
  /** Where that begins, which the lines are counted from. */
  #origin: number;

  static async open(path: string, from: "start" | "end" | number): Promise<GrowingFile | undefined> {
    const file = await unlessMissing(open(path));
    if (file === undefined) return undefined;
    try {
      const now = await file.stat({ bigint: true });
      if (now.isDirectory()) throw new Error(`tail: ${path} is a folder. Name a file.`);
      const size = Number(now.size);
      const at =
        from === "start" ? 0 : from === "end" ? size : from > size ? 0 : Math.max(from, size - LONGEST_GAP_BYTES);
      const before = at > 0 ? await file.read(Buffer.alloc(1), 0, 1, at - 1) : undefined;
      return new GrowingFile(file, now, at, before !== undefined && before.buffer.toString() !== "\n");
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * Goes on in the file that a place is in, whatever name that has in its folder now; in the one at the path, from its start,
   * where that is gone.
   */
  static async resume(path: string, place: string): Promise<GrowingFile | undefined> {
    const [wanted, at] = place.split(" ");
    const folder = dirname(path);
    const names = await unlessMissing(readdir(folder));
    for (const candidate of [path, ...(names ?? []).map((name) => join(folder, name))]) {
      const found = await lookAt(candidate).catch(() => undefined); // a name of its folder that leads nowhere
      if (found?.born === wanted) return GrowingFile.open(candidate, Number(at));
    }
    return GrowingFile.open(path, "start");
  }

  private constructor(file: FileHandle, found: BigIntStats, at: number, torn: boolean) {
    this.#file = file;
    this.identity = identity(found);
    this.#born = born(found);
    this.#at = at;
    this.#origin = at;
    this.#torn = torn;
  }

  /** Behind the last line that was given out: with it, `resume` goes on just there. */
  get place(): string {
    return `${this.#born} ${this.#origin + this.#lines.taken}`;
  }

  /** Every line that is complete by now. Reads on only as lines are taken, so that a slow reader fills no memory. */
  async *lines(): AsyncGenerator<string, void> {
    if ((await this.#file.stat()).size < this.#at) this.#begin(0);
    const buffer = Buffer.alloc(READ_BYTES);
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, READ_BYTES, this.#at);
      if (bytesRead === 0) return;
      // Where there was the rest of a line there is a hole now: it was cut off.
      if (buffer[0] === 0 && !this.#lines.empty) this.#begin(this.#at);
      this.#at += bytesRead;
      for (const line of this.#lines.feed(buffer.subarray(0, bytesRead))) {
        if (!this.#torn) yield line;
        this.#torn = false;
      }
    }
  }

  /** As `lines`, and what was left without an end: nobody will write that any more. */
  async *lastLines(): AsyncGenerator<string, void> {
    yield* this.lines();
    if (!this.#torn && !this.#lines.empty) yield this.#lines.flush();
  }

  #begin(at: number): void {
    [this.#at, this.#origin, this.#torn, this.#lines] = [at, at, false, new Lines()];
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** What a path leads to now: two whose identity is the same are one file. */
export async function lookAt(path: string): Promise<{ identity: string; born: string; empty: boolean } | undefined> {
  const found = await unlessMissing(stat(path, { bigint: true }));
  return found && { identity: identity(found), born: born(found), empty: found.size === 0n };
}

/** As a bigint, since inodes may be larger than a number is exact. */
function identity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function born(found: BigIntStats): string {
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
