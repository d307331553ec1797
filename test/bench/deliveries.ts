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
const MARK = "@mark@";
/** Sixteen of them stay under the 16 KiB at which a reader counts as slow: this measures fan-out, not catching up. */
export const PAYLOAD = `${MARK}${"x".repeat(300)}`;

/**
 * @param readers the other process of the bench (readers.ts)
 * @param publish begins one; it counts once every reader has it
 * @returns deliveries a second, with never more than so many publishes under way that not every reader has
 */
export async function deliveries(
  readers: ChildProcess,
  ask: Pick<Ask, "ports" | "path" | "over">,
  publish: () => unknown,
  inFlight = IN_FLIGHT,
): Promise<number> {
  let [published, through, seen] = [0, 0, 0];
  let moved = () => {};
  const listen = (tell: Tell) => {
    if ("through" in tell) ({ through, seen } = tell);
    moved();
  };
  /** Resolves at the next word from the readers. */
  const move = () =>
    new Promise<void>((resolve, reject) => {
      const stuck = setTimeout(() => reject(new Error(`all readers have ${through} of ${published}`)), STUCK_MS);
      moved = () => {
        clearTimeout(stuck);
        resolve();
      };
    });
  const run = async (more: () => boolean) => {
    while (more()) {
      if (published - through >= inFlight) await move();
      else {
        published++;
        await publish();
      }
    }
    while (through < published) await move();
  };

  readers.on("message", listen);
  readers.send({ ...ask, readers: READERS, mark: MARK } satisfies Ask);
  await move();
  await run(() => published < WARM_UP);
  const began = performance.now();
  await run(() => published < WARM_UP + MAX_PUBLISHES && performance.now() - began < MAX_MS);
  const seconds = (performance.now() - began) / 1_000;
  readers.off("message", listen);
  if (seen !== published * READERS)
    throw new Error(`${seen} deliveries of ${published} publishes to ${READERS} readers`);
  return ((published - WARM_UP) * READERS) / seconds;
}
