import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { Checkpointed, type Resumable, valuesOnly } from "./every.ts";
import { GrowingFile, lookAt } from "./growing-file.ts";
import { jsonOrText } from "./json-or-text.ts";
import { type Wakeup, wakeable } from "./wakeup.ts";

/** How long it waits at most before it looks again, since network and shared folders announce no changes. */
const LOOK_INTERVAL_MS = 2_000;

/** A checkpoint in no file: the file that appears later is read from its start. */
const NO_FILE = "none 0";

/**
 * The lines that are appended to a file from now on: JSON as it is, anything else as text.
 *
 *     export default tail("/var/log/nginx/access.log");
 *
 * Goes on in the new file when the log is rotated, and from the start when it is emptied; a file that is not there yet is
 * waited for. Lines that were there before it first ran, or are not complete, are not seen; of one over 64 KiB only the
 * first 32. Whatever broke it off, and on whatever node of the same machine, it goes on behind the last line that was
 * published, so that none is lost or doubled: of what was written meanwhile at most the last 16 MiB. Where the folder cannot
 * be watched the file is read every 2 s. A file that is emptied and longer than before within that time is taken for one
 * that grew.
 *
 * @throws Error while iterated: where the file is there and cannot be read
 */
export function tail(file: string): Resumable {
  return {
    from: (place) => placed(file, place),
    [Symbol.asyncIterator]: () => valuesOnly(placed(file))[Symbol.asyncIterator](),
  };
}

function placed(file: string, from?: string): AsyncIterable<Checkpointed> {
  return wakeable(async function* (stop, wakeup) {
    const folder = new Folder(file, wakeup);
    let log: GrowingFile | undefined;
    try {
      folder.watch();
      log = await (from === undefined ? GrowingFile.open(file, "end") : GrowingFile.resume(file, from));
      if (from === undefined) yield new Checkpointed(log?.checkpoint ?? NO_FILE);
      while (!stop.aborted) {
        if (log !== undefined) yield* values(log, log.lines());
        const now = await lookAt(file);
        // As long as the new file is empty, the writer may still write to the old one.
        if (now !== undefined && (log === undefined || (now.identity !== log.identity && !now.empty))) {
          if (log !== undefined) yield* values(log, log.lastLines());
          await log?.close();
          log = await GrowingFile.open(file, "start");
          continue;
        }
        folder.watch();
        await wakeup.wait(LOOK_INTERVAL_MS);
      }
    } finally {
      folder.close();
      await log?.close();
    }
  });
}

async function* values(log: GrowingFile, lines: AsyncIterable<string>): AsyncGenerator<Checkpointed, void> {
  for await (const line of lines) yield new Checkpointed(log.checkpoint, jsonOrText(line));
}

/** Wakes the source when something happens to its file. The folder is watched, since only that tells of a new file. */
class Folder {
  readonly #file: string;
  readonly #wakeup: Wakeup;
  #watcher: FSWatcher | undefined;

  constructor(file: string, wakeup: Wakeup) {
    this.#file = file;
    this.#wakeup = wakeup;
  }

  /**
   * Begins to watch, unless it does already. Where the folder is not there yet, or cannot be watched, it is tried again at the
   * next call.
   */
  watch(): void {
    if (this.#watcher !== undefined) return;
    const name = basename(this.#file);
    try {
      this.#watcher = watch(dirname(this.#file), (_event, changed) => {
        if (changed === name || changed === null) this.#wakeup.wake();
      });
      this.#watcher.on("error", () => this.close());
    } catch {
      this.#watcher = undefined;
    }
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
