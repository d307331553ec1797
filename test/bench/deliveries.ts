import type { ChildProcess } from "node:child_process";
import type { Ask, Tell } from "./readers.ts";

export const READERS = 1_000;
export const IN_FLIGHT = 16;
/** So many publishes are not counted. */
export const WARM_UP = 200;
const MAX_PUBLISHES = 5_000;
const MAX_MS = 3_000;
/** No wait for readers is longer than this: something would be lost. */
const STUCK_MS = 20_000;
export const MARK = "@mark@";
/** Sixteen of them stay under the 16 KiB at which a reader counts as slow: this measures fan-out, not catching up. */
export const PAYLOAD = `${MARK}${"x".repeat(300)}`;

/** The readers of the bench, in the other process (readers.ts). */
export class Crowd {
  /** How many marks all of them have. */
  through = 0;
  /** The marks of all of them together. */
  seen = 0;
  #isOpen = false;
  readonly #process: ChildProcess;
  #moved = () => {};
  readonly #listen = (tell: Tell) => {
    if ("through" in tell) Object.assign(this, tell);
    else this.#isOpen = tell.opened;
    this.#moved();
  };

  constructor(process: ChildProcess) {
    this.#process = process.on("message", this.#listen);
  }

  /** Resolves once all have their streams. */
  async open(ask: Omit<Ask, "mark">): Promise<void> {
    Object.assign(this, { through: 0, seen: 0 });
    this.#isOpen = false;
    this.#process.send({ ...ask, mark: MARK } satisfies Ask);
    while (!this.#isOpen) await this.#move();
  }

  /** Resolves once all have so many marks. */
  async until(count: number): Promise<void> {
    while (this.through < count) await this.#move();
  }

  leave(): void {
    this.#process.off("message", this.#listen);
  }

  /** Resolves at the next word from the readers. */
  #move(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const stuck = setTimeout(() => reject(new Error(`all readers have ${this.through}`)), STUCK_MS);
      this.#moved = () => {
        clearTimeout(stuck);
        resolve();
      };
    });
  }
}

/**
 * @param readers the other process of the bench (readers.ts)
 * @param publish begins one; it counts once every reader has it
 * @returns deliveries a second, with never more than so many publishes under way that not every reader has
 */
export async function deliveries(
  readers: ChildProcess,
  ask: Omit<Ask, "mark" | "readers">,
  publish: () => unknown,
  inFlight = IN_FLIGHT,
): Promise<number> {
  let published = 0;
  const crowd = new Crowd(readers);
  const run = async (more: () => boolean) => {
    while (more()) {
      await crowd.until(published - inFlight + 1);
      published++;
      await publish();
    }
    await crowd.until(published);
  };

  await crowd.open({ ...ask, readers: READERS });
  await run(() => published < WARM_UP);
  const began = performance.now();
  await run(() => published < WARM_UP + MAX_PUBLISHES && performance.now() - began < MAX_MS);
  const seconds = (performance.now() - began) / 1_000;
  crowd.leave();
  const watched = ask.watched ?? READERS;
  if (crowd.seen !== published * watched)
    throw new Error(`${crowd.seen} deliveries of ${published} publishes to ${watched} readers`);
  return ((published - WARM_UP) * READERS) / seconds;
}
