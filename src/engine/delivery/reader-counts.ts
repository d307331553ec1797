import type { Topic } from "../core/topic.ts";
import type { StreamFormat } from "./hub.ts";

/** How many read a topic on this node. */
export interface ReaderCount {
  /** Streams of pages that show it in any of their regions. */
  pages: number;
  /** Streams with `as=json`. */
  programs: number;
}

const NOBODY: Readonly<ReaderCount> = { pages: 0, programs: 0 };

/** How many read which topic on this node: each open stream counts once for each of its topics. */
export class ReaderCounts {
  #counts = new Map<Topic, ReaderCount>();
  #onChange: (topic: Topic, edge: boolean) => void = () => {};

  /**
   * Calls the listener at each change. There is one listener.
   * @param listener its `edge` says whether the topic has its first reader now, or has lost its last one
   */
  onChange(listener: (topic: Topic, edge: boolean) => void): void {
    this.#onChange = listener;
  }

  of(topic: Topic): Readonly<ReaderCount> {
    return this.#counts.get(topic) ?? NOBODY;
  }

  /** The topics that somebody reads. */
  [Symbol.iterator](): Iterator<[Topic, Readonly<ReaderCount>]> {
    return this.#counts.entries();
  }

  /** @param topics each once */
  add(as: StreamFormat, topics: Iterable<Topic>): void {
    for (const topic of topics) {
      const count = this.#counts.get(topic);
      if (count === undefined) this.#counts.set(topic, { ...NOBODY, [kindOf(as)]: 1 });
      else count[kindOf(as)]++;
      this.#onChange(topic, count === undefined);
    }
  }

  /** To be called once for each {@link add}, with the same. */
  remove(as: StreamFormat, topics: Iterable<Topic>): void {
    for (const topic of topics) {
      const count = this.#counts.get(topic)!;
      count[kindOf(as)]--;
      const last = count.pages + count.programs === 0;
      if (last) this.#counts.delete(topic);
      this.#onChange(topic, last);
    }
  }
}

const kindOf = (as: StreamFormat) => (as === "html" ? "pages" : "programs");
