import { type Topic, widgetOf } from "../core/topic.ts";
import { KEY_LIFE_MS } from "./idempotency-key.ts";
import type { Bounds } from "./record.ts";

/**
 * Everything that strangers or years could make without end stands in a queue, in order of its last change: it goes from
 * the head once it is as old as its queue allows, or when more come than there may be. The topics of a family that are
 * bound alike are one queue, the answers to keys another. A widget's own topic is in none: there are as many as widgets.
 */
export type Queue = string;

const DAY_MS = 24 * 60 * 60 * 1000;

/** So many go at once, so that what they keep from its turn waits no longer than for a publish. */
export const SWEEP = 64;

/** What a topic of a family is bound by where nobody says otherwise. */
export const FAMILY: Bounds = { lifeMs: 30 * DAY_MS, most: 100_000 };

/** The answers to keys. */
export const KEYS: Queue = "_keys";
/** Topics that tell a fresh page nothing. Who was cut off before they were emptied needs them still, to be reset. */
export const BLANK: Queue = "_blank";

const OWN: Readonly<Record<Queue, Bounds>> = {
  [KEYS]: { lifeMs: KEY_LIFE_MS, most: 1_000_000 },
  [BLANK]: { lifeMs: DAY_MS, most: 100_000 },
};

/** Where a topic stands as long as it shows something. The queue's name says by what it is bound. */
export function queueOf(topic: Topic, { lifeMs, most }: Bounds = FAMILY): Queue | undefined {
  const family = widgetOf(topic);
  return family === topic ? undefined : `${family} ${lifeMs} ${most}`;
}

export function boundsOf(queue: Queue): Bounds {
  const [, lifeMs, most] = queue.split(" ");
  return OWN[queue] ?? { lifeMs: Number(lifeMs), most: Number(most) };
}
