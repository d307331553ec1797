import { LIMITS } from "../core/limits.ts";
import { type Topic, widgetOf } from "../core/topic.ts";
import { PRESS_KEY } from "./idempotency-key.ts";
import type { Bounds } from "./record.ts";

/**
 * The name of an expiry queue. Whatever strangers, or years, could make without end is in one, in order of its last change, and
 * is removed from the head: when it is older than the queue's bounds allow, or when there are more than they allow. The topics
 * of one family with the same bounds are one queue; the answers to idempotency keys are one, and those to visitors' presses
 * another; topics that were emptied are one.
 * A widget's own topic (`price`) is in none, since there are only as many as widgets.
 */
export type Queue = string;

/** How much one sweep removes: a publish that comes meanwhile waits no longer for it than for another publish. */
export const MAX_SWEPT_AT_ONCE = 64;

/** The bounds of a family's topics where no publish says otherwise. */
export const FAMILY_BOUNDS: Bounds = { maxAgeMs: LIMITS.familyTopicMs, maxCount: LIMITS.familyTopics };

/** The answers to idempotency keys. */
export const KEYS_QUEUE: Queue = "_keys";
/** The answers to visitors' presses: strangers press as often as they like, and are not to push out a publisher's keys. */
export const PRESSES_QUEUE: Queue = "_presses";
/** Topics that were emptied. They are remembered for readers that were cut off before, so that these are reset. */
export const BLANK_QUEUE: Queue = "_blank";

const FIXED_BOUNDS: Readonly<Record<Queue, Bounds>> = {
  [KEYS_QUEUE]: { maxAgeMs: LIMITS.keyMs, maxCount: LIMITS.keys },
  [PRESSES_QUEUE]: { maxAgeMs: LIMITS.keyMs, maxCount: LIMITS.keys },
  [BLANK_QUEUE]: { maxAgeMs: LIMITS.emptiedTopicMs, maxCount: LIMITS.emptiedTopics },
};

/** The queue of a topic while it shows something; undefined where it is in none. The queue's name holds its bounds. */
export function queueOf(topic: Topic, { maxAgeMs, maxCount }: Bounds = FAMILY_BOUNDS): Queue | undefined {
  const family = widgetOf(topic);
  return family === topic ? undefined : `${family} ${maxAgeMs} ${maxCount}`;
}

/** The queue of the answer to an idempotency key. */
export function queueOfKey(name: string): Queue {
  return name.startsWith(PRESS_KEY) ? PRESSES_QUEUE : KEYS_QUEUE;
}

/** Whether a queue's names are idempotency keys, and not topics. */
export function holdsKeys(queue: Queue): boolean {
  return queue === KEYS_QUEUE || queue === PRESSES_QUEUE;
}

export function boundsOf(queue: Queue): Bounds {
  const [, maxAgeMs, maxCount] = queue.split(" ");
  return FIXED_BOUNDS[queue] ?? { maxAgeMs: Number(maxAgeMs), maxCount: Number(maxCount) };
}
