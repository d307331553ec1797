import type { BigIntStats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { Lines } from "./lines.ts";

const CHUNK = 64 * 1024;

/** A file that is held open under whatever name it has now. */
export class GrowingFile {
  readonly identity: string;
  readonly #file: FileHandle;
  #at: number;
  /** Whether what comes first is the rest of a line whose start was there before. */
  #torn: boolean;
  #lines = new Lines();

  static async open(path: string, from: "start" | "end"): Promise<GrowingFile | undefined> {
    const file = await unlessMissing(open(path));
    if (file === undefined) return undefined;
    try {
      const now = await file.stat({ bigint: true });
      if (now.isDirectory()) throw new Error(`tail: ${path} is a folder. Name a file.`);
      const at = from === "end" ? Number(now.size) : 0;
      const before = at > 0 ? await file.read(Buffer.alloc(1), 0, 1, at - 1) : undefined;
      return new GrowingFile(file, identity(now), at, before !== undefined && before.buffer.toString() !== "\n");
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  private constructor(file: FileHandle, identity: string, at: number, torn: boolean) {
    this.#file = file;
    this.identity = identity;
    this.#at = at;
    this.#torn = torn;
  }

  /** Every line that is complete by now. Reads on only as lines are taken, so that a slow reader fills no memory. */
  async *lines(): AsyncGenerator<string, void> {
    if ((await this.#file.stat()).size < this.#at) [this.#at, this.#torn, this.#lines] = [0, false, new Lines()];
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, CHUNK, this.#at);
      if (bytesRead === 0) return;
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

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** What a path leads to now: two whose identity is the same are one file. */
export async function lookAt(path: string): Promise<{ identity: string; empty: boolean } | undefined> {
  const found = await unlessMissing(stat(path, { bigint: true }));
  return found && { identity: identity(found), empty: found.size === 0n };
}

/** As a bigint, since inodes may be larger than a number is exact. */
function identity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
