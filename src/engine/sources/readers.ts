import type { Json } from "../core/json.ts";
import { parseTopic, type Topic } from "../core/topic.ts";
import { wait } from "../core/wait.ts";
import type { Presence } from "../presence/presence.ts";
import { Settled } from "../presence/settled.ts";
import { CurrentValue, UNCHANGED } from "./every.ts";
import { wakeable } from "./wakeup.ts";

/** Who tells how many pages show a topic. @internal */
export type PageCounter = Pick<Presence, "count">;

/** Many pages that come or go within this time are one new value. */
const COALESCE_MS = 250;
/** How often a number that does not change is confirmed. */
const CONFIRM_INTERVAL_MS = 2_000;

/** What {@link readers} makes: a source whose values only the server that runs it knows. */
export class Readers implements AsyncIterable<number> {
  readonly topic: Topic;

  constructor(topic: Topic) {
    this.topic = topic;
  }

  /**
   * The number now, and whenever it has changed; and meanwhile, now and then, that it has not.
   * @param shown what its own topic shows: after a restart the number falls from there as if it had been counted all along,
   *   since pages that lost their node are on their way to another
   * @internal
   */
  countedBy(presence: PageCounter, shown: Json | undefined): AsyncIterable<CurrentValue | typeof UNCHANGED> {
    const { topic } = this;
    return wakeable(async function* (stop, wakeup) {
      const settled = new Settled(typeof shown === "number" ? shown : undefined, wakeup.wake);
      let known = false;
      const end = presence.count(topic, (pages) => {
        known = true;
        settled.set(pages);
        wakeup.wake();
      });
      try {
        for (let last: number | undefined; !stop.aborted; ) {
          await wakeup.wait(CONFIRM_INTERVAL_MS);
          if (stop.aborted || !known) continue;
          const { value } = settled;
          yield value === last ? UNCHANGED : new CurrentValue(value);
          last = value;
          await wait(COALESCE_MS, stop);
        }
      } finally {
        end();
        settled.stop();
      }
    });
  }

  /** @throws Error always: by itself it knows of no server */
  [Symbol.asyncIterator](): AsyncIterator<number> {
    throw new Error(`readers("${this.topic}") is a whole source: export it, or return it from the source's function.`);
  }
}

/**
 * How many pages show a topic now, over all nodes, whenever that has changed. A page counts once, however many of its regions
 * show the topic, and in a tab in the background, too; programs do not. A closed tab is gone within 3 s, a page that vanished
 * within 30 s.
 *
 *     export default readers("price");
 *     export default ({ params }) => readers(`room/${params[0]}`);
 *
 * @throws Problem 400 `topic_invalid`
 */
export function readers(topic: string): Readers {
  return new Readers(parseTopic(topic));
}
