import { statSync } from "node:fs";
import { stat } from "node:fs/promises";

/** How often it looks. A change is taken up once two looks have seen the same. */
const LOOK_EVERY_MS = 250;

/**
 * Looks whether a file has become another: written, replaced by a rename, gone, or back; also where a link on the way to it leads
 * elsewhere now, as in the volumes of Kubernetes. It looks again and again, since a system that is asked to tell of changes tells
 * of those in the folder where the file was then.
 */
export class FileWatch {
  readonly #path: string;
  #known: string;

  /** To be made before the file is read, so that no change after that is missed. */
  constructor(path: string) {
    this.#path = path;
    this.#known = now(path);
  }

  /** @param changed called once the file is another, and no longer being written @returns a function that ends it */
  start(changed: () => void): () => void {
    let last = this.#known;
    let timer: NodeJS.Timeout;
    let ended = false;
    const look = async () => {
      const seen = await stat(this.#path, { bigint: true }).then(stampOf, codeOf);
      if (ended) return;
      if (seen === last && seen !== this.#known) {
        this.#known = seen;
        changed();
      }
      last = seen;
      next();
    };
    const next = () => {
      timer = setTimeout(look, LOOK_EVERY_MS).unref();
    };
    next();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }
}

interface Stamp {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

function now(path: string): string {
  try {
    return stampOf(statSync(path, { bigint: true }));
  } catch (error) {
    return codeOf(error);
  }
}

/** Another for each change: a file that was written anew within one tick of the clock has another size or inode, or both times. */
function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: Stamp): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join();
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown";
}
