import type { Nodes } from "../core/nodes.ts";
import type { Topic } from "../core/topic.ts";
import type { Liveness } from "../delivery/liveness.ts";
import type { ReaderCounts } from "../delivery/reader-counts.ts";
import { Answering } from "./answering.ts";
import { Counting } from "./counting.ts";
import { Listing } from "./listing.ts";
import type { Note, TopicReaders } from "./notes.ts";
import { PageAnswers } from "./page-answers.ts";

export interface PresenceParts {
  readonly nodes: Nodes;
  readonly readers: ReaderCounts;
  readonly liveness: Liveness;
  /** @throws Problem 404 `topic_unknown` */
  readonly check: (topic: Topic) => void;
  /** Whether a topic's name is nobody's business: it is in no list. */
  readonly isPrivate: (topic: Topic) => boolean;
  /** Whether a source runs for a topic on this node. */
  readonly runsSource: (topic: Topic) => boolean;
}

/** Who reads what, over all nodes: each asks the others while it wants to know, and tells them of its own. */
export class Presence {
  readonly #check: (topic: Topic) => void;
  readonly #answering: Answering;
  readonly #counting: Counting;
  readonly #listing: Listing;
  readonly #answers: PageAnswers;

  constructor({ nodes, readers, liveness, check, isPrivate, runsSource }: PresenceParts) {
    this.#check = check;
    const onWatched = (topics: ReadonlySet<Topic>) => liveness.askThoseWith(topics);
    this.#answering = new Answering({ nodes, readers, isPrivate, runsSource, onWatched });
    this.#counting = new Counting(nodes);
    this.#listing = new Listing(nodes);
    this.#answers = new PageAnswers(nodes, liveness);
    nodes.onTold((text) => this.#take(text));
  }

  /**
   * Calls the listener with how many pages show a topic, and at each change.
   * @returns what ends it
   * @throws Problem 404 `topic_unknown`
   */
  count(topic: Topic, listener: (pages: number) => void): () => void {
    this.#check(topic);
    return this.#counting.watch(topic, listener);
  }

  /** The topics that somebody reads, by name; no private one. @throws Problem 503 `broker_unavailable` */
  list(): Promise<TopicReaders[]> {
    return this.#listing.list();
  }

  /**
   * Calls the listener with the same topics' names, at once and then at least each second; one that lost its last reader is
   * among them for 3 s more.
   * @param onEnd called when this node stops
   * @returns what ends it
   */
  follow(listener: (topics: readonly Topic[]) => void, onEnd: () => void): () => void {
    return this.#listing.follow(listener, onEnd);
  }

  /** A page says that it is still there. @param id as it came; any other than that of a page's stream has no effect */
  answered(id: string): void {
    // While nobody counts, no page is asked.
    if (this.#answering.isWatched) this.#answers.take(id);
  }

  /**
   * A page opens another stream, since its own has died: that one is ended at once, for a server may not notice for long.
   * @param id as with {@link answered}
   */
  left(id: string): void {
    this.#answers.left(id);
  }

  stop(): void {
    this.#answering.stop();
    this.#counting.stop();
    this.#listing.stop();
    this.#answers.stop();
  }

  #take(text: string): void {
    const note = noteIn(text);
    if (note?.kind === "watch") this.#answering.watch(note.from, note.topics);
    else if (note?.kind === "counts") this.#counting.counted(note);
    else if (note?.kind === "list") this.#answering.list(note);
    else if (note?.kind === "listed") this.#listing.listed(note);
    else if (note?.kind === "changed") this.#listing.changed();
    else if (note?.kind === "left") this.#answers.left(note.id);
    else if (note?.kind === "here") for (const id of note.ids) this.#answers.take(id);
  }
}

/** Undefined for what no node has written: whoever may use Redis may PUBLISH there. */
function noteIn(text: string): Note | undefined {
  try {
    return JSON.parse(text) as Note;
  } catch {
    return undefined;
  }
}
