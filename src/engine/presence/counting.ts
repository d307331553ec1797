import type { Nodes } from "../core/nodes.ts";
import type { Topic } from "../core/topic.ts";
import { type Note, REPEAT_MS } from "./notes.ts";

type Counts = Extract<Note, { kind: "counts" }>;

/** A node that is there, as Redis knows, and has not answered so often is not counted any more: it stands still. */
const MAX_UNANSWERED = 8;

/** What another node has told. */
interface NodeCounts {
  readonly pages: Map<Topic, number>;
  /** How many questions it has not answered since its last answer. */
  unanswered: number;
}

/** One question to all nodes. */
interface Round {
  /** Of whose pages. */
  readonly topics: ReadonlySet<Topic>;
  /** How many nodes were asked; undefined until that is known. */
  asked: number | undefined;
  readonly answered: Set<string>;
}

/** Who counts the pages of one topic. */
interface Watch {
  readonly topic: Topic;
  readonly listener: (pages: number) => void;
  /** Whether all nodes have said how many they have, or had the time to. */
  known: boolean;
  told: number | undefined;
}

/**
 * Counts how many pages show a topic, over all nodes. While somebody wants to know, it asks all nodes each second; they answer,
 * and tell of each change at once. Nothing is asked, or written anywhere, while nobody wants to know.
 */
export class Counting {
  readonly #nodes: Nodes;
  readonly #watches = new Set<Watch>();
  readonly #counts = new Map<string, NodeCounts>();
  #round: Round | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  /** Calls the listener once all nodes have said how many pages show the topic, and at each change. @returns what ends it */
  watch(topic: Topic, listener: (pages: number) => void): () => void {
    const watch: Watch = { topic, listener, known: false, told: undefined };
    this.#watches.add(watch);
    this.#askSoon(0);
    return () => {
      this.#watches.delete(watch);
      if (this.#watches.size === 0) this.#end();
    };
  }

  /** A node has answered, or tells of a change. */
  counted({ from, whole, pages }: Counts): void {
    if (this.#watches.size === 0) return;
    const counts = this.#counts.get(from) ?? { pages: new Map(), unanswered: 0 };
    this.#counts.set(from, counts);
    counts.unanswered = 0;
    if (whole) {
      this.#round?.answered.add(from);
      counts.pages.clear();
    }
    for (const [topic, count] of Object.entries(pages)) counts.pages.set(topic as Topic, count);
    this.#conclude();
    this.#tell();
  }

  stop(): void {
    if (this.#watches.size > 0) this.#end();
    this.#watches.clear();
  }

  #askSoon(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), ms).unref();
  }

  async #ask(): Promise<void> {
    this.#askSoon(REPEAT_MS);
    // Those that gave no answer to the last question, though they were asked.
    if (this.#round?.asked !== undefined) {
      for (const [node, counts] of this.#counts) {
        if (!this.#round.answered.has(node) && ++counts.unanswered >= MAX_UNANSWERED) this.#counts.delete(node);
      }
      this.#know(this.#round);
    }
    const topics = new Set([...this.#watches].map(({ topic }) => topic));
    const round: Round = { topics, asked: undefined, answered: new Set() };
    this.#round = round;
    const note: Note = { kind: "watch", from: this.#nodes.name, topics: [...topics] };
    // Where Redis cannot be reached, all is taken to be as it was.
    round.asked = await this.#nodes.tellAll(JSON.stringify(note)).catch(() => undefined);
    this.#conclude();
    this.#tell();
  }

  /** Once as many have answered as there are, all others have died. */
  #conclude(): void {
    const round = this.#round;
    if (round?.asked === undefined || round.answered.size < round.asked) return;
    for (const node of this.#counts.keys()) if (!round.answered.has(node)) this.#counts.delete(node);
    this.#know(round);
  }

  #know({ topics }: Round): void {
    for (const watch of this.#watches) watch.known ||= topics.has(watch.topic);
  }

  #tell(): void {
    for (const watch of [...this.#watches].filter(({ known }) => known)) {
      let pages = 0;
      for (const counts of this.#counts.values()) pages += counts.pages.get(watch.topic) ?? 0;
      if (pages === watch.told) continue;
      watch.told = pages;
      watch.listener(pages);
    }
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#round = undefined;
    this.#counts.clear();
    const note: Note = { kind: "watch", from: this.#nodes.name, topics: [] };
    this.#nodes.tellAll(JSON.stringify(note)).catch(() => {}); // then the others forget it in a few seconds
  }
}
