import { isIPv6 } from "node:net";
import { LIMITS } from "../../core/limits.ts";
import { Problem } from "../../core/problem.ts";
import { type Topic, widgetOf } from "../../core/topic.ts";

export interface AllowanceParts {
  /** How many topics of families one address may have running at once; 100 by default. */
  readonly most?: number;
  /** What they are called to visitors, as in “has 100 streams of its own here”. */
  readonly called?: string;
  /** Whether a topic's source is running. */
  readonly running: (topic: Topic) => boolean;
  /** How long a topic counts before its source is running: from the request to its start. */
  readonly graceMs?: number;
}

/** Above so many addresses, those that have nothing running any more are forgotten. */
const MANY_ADDRESSES = 1_000;

/** Bounds how many topics of families one address may have running: anyone can make up such topics, and each runs a source. */
export class Allowance {
  readonly #most: number;
  readonly #called: string;
  readonly #running: (topic: Topic) => boolean;
  readonly #graceMs: number;
  /** By address: its topics, and when each was last asked for. */
  readonly #asked = new Map<string, Map<Topic, number>>();

  constructor({
    most = LIMITS.addressTopics,
    called = "streams of its own",
    running,
    graceMs = 5_000,
  }: AllowanceParts) {
    this.#most = most;
    this.#called = called;
    this.#running = running;
    this.#graceMs = graceMs;
  }

  /**
   * Counts a topic for an address. One that it has already is not counted twice, nor is a widget's own topic counted.
   * @throws Problem 429 `topics_too_many`
   */
  admit(address: string, topic: Topic): void {
    if (topic === widgetOf(topic)) return; // it runs once for all
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

/** The network of an address: of IPv6 its first 64 bits, since who has one such address has all of these. */
export function networkOf(address: string): string {
  if (!address.includes(":") || !isIPv6(address)) return address;
  const [head = "", tail] = address.split("%", 1)[0]!.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
