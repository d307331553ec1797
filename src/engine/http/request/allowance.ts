import { isIPv6 } from "node:net";
import { Problem } from "../../core/problem.ts";
import { type Topic, widgetOf } from "../../core/topic.ts";

export interface AllowanceParts {
  /** How many of a family's topics one address may have running at once. */
  readonly most?: number;
  /** What they are to a visitor, as in “has 100 streams of its own here”. */
  readonly called?: string;
  /** Whether the source of a topic is at work. */
  readonly running: (topic: Topic) => boolean;
  /** How long a topic counts although its source is not at work yet: from the request to its start. */
  readonly graceMs?: number;
}

/** So many addresses are kept before those that have nothing running any more are forgotten. */
const MANY_ADDRESSES = 1_000;

/** How much one address may have at work here: anyone can make up a family's topics, and each makes work of its own. */
export class Allowance {
  readonly #most: number;
  readonly #called: string;
  readonly #running: (topic: Topic) => boolean;
  readonly #graceMs: number;
  /** By address: its topics, and when each was last asked for. */
  readonly #asked = new Map<string, Map<Topic, number>>();

  constructor({ most = 100, called = "streams of its own", running, graceMs = 5_000 }: AllowanceParts) {
    this.#most = most;
    this.#called = called;
    this.#running = running;
    this.#graceMs = graceMs;
  }

  /**
   * Notes that an address asks for a topic. A topic that it has already is not counted twice.
   * @throws Problem 429 `topics_too_many`
   */
  admit(address: string, topic: Topic): void {
    if (topic === widgetOf(topic)) return; // there is one of it, whoever asks
    if (this.#asked.size > MANY_ADDRESSES) for (const key of this.#asked.keys()) this.#forget(key);
    const key = networkOf(address);
    this.#forget(key);
    const topics = this.#asked.get(key) ?? new Map<Topic, number>();
    if (!topics.has(topic) && topics.size >= this.#most) {
      throw new Problem(
        429,
        "topics_too_many",
        `Your address has ${this.#most} ${this.#called} here. Close some, or try again in a moment.`,
        { headers: { "Retry-After": "15" } },
      );
    }
    topics.set(topic, performance.now());
    this.#asked.set(key, topics);
  }

  #forget(key: string): void {
    const topics = this.#asked.get(key);
    if (topics === undefined) return;
    const now = performance.now();
    for (const [topic, asked] of topics) {
      if (now - asked > this.#graceMs && !this.#running(topic)) topics.delete(topic);
    }
    if (topics.size === 0) this.#asked.delete(key);
  }
}

/** Whoever has one IPv6 address has all that share its first 64 bits. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%", 1)[0]!.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
