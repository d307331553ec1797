import type { Topic } from "../core/topic.ts";
import { wait } from "../core/wait.ts";
import type { Entry, TopicRecord } from "../log/record.ts";
import { Position } from "./position.ts";

/** How long to wait before the new log is read again, where it could not be read. */
const RETRY_MS = 200;
/** How many records are asked for at a time: ten thousand at once would delay what is being published. */
const MAX_READS_AT_ONCE = 50;

/**
 * A log that takes the place of the one before: Redis was emptied, restarted, or trimmed further than this node had read.
 *
 * The hub goes on showing the old log while it reads the new one through this: the records of all topics that someone looks at,
 * by `read`, and meanwhile the entries that are appended, by `add`. When `read` resolves, `entries` applied to the records give
 * the new log up to `seq`.
 */
export class LogReplacement {
  /** The new log's. */
  readonly id: string;
  /** What was appended to it since this was made, in order. */
  readonly entries: Entry[] = [];
  readonly #position: Position;
  #abandoned = false;

  /** @param head the seq before the first entry that will be added */
  constructor(id: string, head: number) {
    this.id = id;
    this.#position = new Position(this);
    this.#position.advance(head);
  }

  get seq(): number {
    return this.#position.seq;
  }

  add(entries: readonly Entry[]): void {
    this.entries.push(...entries);
    this.#position.advance(entries.at(-1)?.seq ?? 0);
  }

  /** To be called where it was itself replaced, or the node stops: `read` then resolves to undefined. */
  abandon(): void {
    this.#abandoned = true;
    this.#position.advance(0); // wakes `read`
  }

  /**
   * The records of these topics in the new log, none of them ahead of `seq`. Tries again as long as the log cannot be read.
   * @returns undefined if it was abandoned
   */
  async read(
    topics: Iterable<Topic>,
    read: (topic: Topic) => Promise<TopicRecord>,
  ): Promise<Map<Topic, TopicRecord> | undefined> {
    const names = [...topics];
    const records = new Map<Topic, TopicRecord>();
    while (!this.#abandoned && records.size < names.length) {
      const next = names.slice(records.size, records.size + MAX_READS_AT_ONCE);
      const found = await Promise.all(next.map(read)).catch(() => undefined); // the log itself reports that it is away
      if (found === undefined) await wait(RETRY_MS);
      for (const [i, record] of found?.entries() ?? []) records.set(next[i]!, record);
    }
    const newest = [...records.values()].reduce((max, { seq, ended }) => Math.max(max, seq, ended), 0);
    await this.#position.waitUntil(() => this.#abandoned || this.seq >= newest);
    return this.#abandoned ? undefined : records;
  }
}
