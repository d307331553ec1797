import type { Nodes } from "../core/nodes.ts";
import { secretSegment, type Topic } from "../core/topic.ts";
import { type Note, REPEAT_MS, type TopicReaders } from "./notes.ts";

type Listed = Extract<Note, { kind: "listed" }>;

/** How long nodes have to answer: one that stands still is left out. */
const MAX_ANSWER_MS = 1_000;

/** Many nodes that say so together are asked once. */
const COALESCE_MS = 50;
/** After a reload, or when its node has ended its stream, a reader is back by then. */
const LEFT_MS = 3_000;

/** A question to all nodes, under way. */
interface Question {
  readonly topics: Map<Topic, TopicReaders>;
  answered: number;
  asked: number | undefined;
  readonly done: () => void;
}

type Follower = (topics: readonly Topic[]) => void;

/** Lists the topics that somebody reads, over all nodes: once, or whenever there is another one. */
export class Listing {
  readonly #nodes: Nodes;
  readonly #questions = new Map<string, Question>();
  readonly #followers = new Map<Follower, () => void>();
  /** While there are followers: when each topic was last read. */
  #seen = new Map<Topic, number>();
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  /** By name. @throws Problem 503 `broker_unavailable` */
  async list(follow = false): Promise<TopicReaders[]> {
    const id = secretSegment();
    const topics = new Map<Topic, TopicReaders>();
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<void>((done) => {
      this.#questions.set(id, { topics, answered: 0, asked: undefined, done });
      timer = setTimeout(done, MAX_ANSWER_MS);
    });
    try {
      const note: Note = { kind: "list", from: this.#nodes.name, id, follow };
      this.#questions.get(id)!.asked = await this.#nodes.tellAll(JSON.stringify(note));
      this.#conclude(id);
      await answered;
    } finally {
      clearTimeout(timer);
      this.#questions.delete(id);
    }
    return [...topics.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1));
  }

  /** A node has answered. */
  listed({ id, topics }: Listed): void {
    const question = this.#questions.get(id);
    if (question === undefined) return;
    question.answered++;
    for (const { topic, pages, programs, source } of topics) {
      const sum = question.topics.get(topic) ?? { topic, pages: 0, programs: 0, source: false };
      question.topics.set(topic, {
        topic,
        pages: sum.pages + pages,
        programs: sum.programs + programs,
        source: sum.source || source,
      });
    }
    this.#conclude(id);
  }

  /**
   * Calls the listener with all topics that somebody reads, or did a moment ago: at once, and then at least each second.
   * @param onEnd called when this node stops
   * @returns what ends it
   */
  follow(listener: Follower, onEnd: () => void): () => void {
    if (this.#stopped) {
      onEnd();
      return () => {};
    }
    this.#followers.set(listener, onEnd);
    this.#lookSoon(0);
    return () => {
      this.#followers.delete(listener);
      if (this.#followers.size > 0) return;
      clearTimeout(this.#timer);
      this.#seen = new Map();
    };
  }

  /** A node says that another topic is read, or one is not read any more. */
  changed(): void {
    if (this.#followers.size > 0) this.#lookSoon(COALESCE_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const onEnd of this.#followers.values()) onEnd();
    this.#followers.clear();
    for (const { done } of this.#questions.values()) done();
  }

  #conclude(id: string): void {
    const question = this.#questions.get(id);
    if (question?.asked !== undefined && question.answered >= question.asked) question.done();
  }

  #lookSoon(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms).unref();
  }

  async #look(): Promise<void> {
    this.#lookSoon(REPEAT_MS);
    // While Redis is away, all is taken to be as it was.
    const listed = await this.list(true).catch(() => undefined);
    if (listed === undefined || this.#followers.size === 0) return;
    const now = performance.now();
    for (const { topic } of listed) this.#seen.set(topic, now);
    for (const [topic, at] of this.#seen) if (now - at > LEFT_MS) this.#seen.delete(topic);
    const topics = [...this.#seen.keys()];
    for (const listener of [...this.#followers.keys()]) listener(topics);
  }
}
