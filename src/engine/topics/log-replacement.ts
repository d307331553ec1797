import type { Topic } from "../core/topic.ts";
import type { Entry, TopicRecord } from "../log/record.ts";
import { Position } from "./position.ts";

/** Between two looks at a log that cannot be read just now. */
const AGAIN_MS = 200;
/** So many records are asked for at once: ten thousand would hold up what is published. */
const AT_ONCE = 50;

/** A log that takes the place of the one before, while this node reads from it all that it shows. */
export class LogReplacement {
  readonly id: string;
  /** What was appended meanwhile. */
  readonly entries: Entry[] = [];
  readonly #position: Position;
  /** Replaced itself, or not wanted any more. */
  #over = false;

  /** @param head the seq that precedes all that will be delivered of it */
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

  abandon(): void {
    this.#over = true;
    this.#position.advance(0); // whoever waits looks again
  }

  /** The records of these topics, none ahead of `seq`; undefined if it was abandoned. Goes on until it has them. */
  async read(
    topics: Iterable<Topic>,
    read: (topic: Topic) => Promise<TopicRecord>,
  ): Promise<Map<Topic, TopicRecord> | undefined> {
    const names = [...topics];
    const records = new Map<Topic, TopicRecord>();
    while (!this.#over && records.size < names.length) {
      const next = names.slice(records.size, records.size + AT_ONCE);
      const found = await Promise.all(next.map(read)).catch(() => undefined); // it has gone again, and says so itself
      if (found === undefined) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      for (const [i, record] of found?.entries() ?? []) records.set(next[i]!, record);
    }
    const ahead = [...records.values()].reduce((most, { seq, ended }) => Math.max(most, seq, ended), 0);
    await this.#position.until(() => this.#over || this.seq >= ahead);
    return this.#over ? undefined : records;
  }
}
