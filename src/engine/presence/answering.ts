import type { Nodes } from "../core/nodes.ts";
import type { Topic } from "../core/topic.ts";
import type { ReaderCounts } from "../delivery/reader-counts.ts";
import { FORGET_MS, type Note, type TopicReaders } from "./notes.ts";

export interface AnsweringParts {
  readonly nodes: Nodes;
  readonly readers: ReaderCounts;
  /** Whether a topic's name may be told. */
  readonly isPrivate: (topic: Topic) => boolean;
  readonly runsSource: (topic: Topic) => boolean;
  /** Called with the topics that any node counts the pages of. */
  readonly onWatched: (topics: ReadonlySet<Topic>) => void;
}

/** Many pages that come or go together are told of together. */
const COALESCE_MS = 50;

/** Tells other nodes of this one's readers: those that have asked a short while ago, and nobody else. */
export class Answering {
  readonly #parts: AnsweringParts;
  /** By node: the topics whose pages it counts. */
  readonly #watchers = new Map<string, ReadonlySet<Topic>>();
  /** Nodes that want to know when another topic is read. */
  readonly #followers = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Since the last time that others were told. */
  #changed = new Set<Topic>();
  #edges = false;
  #telling: NodeJS.Timeout | undefined;

  constructor(parts: AnsweringParts) {
    this.#parts = parts;
    parts.readers.onChange((topic, edge) => this.#note(topic, edge));
  }

  /** Whether any node counts pages. */
  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  /** A node says whose pages it counts: of no topic any more, where there are none. */
  watch(from: string, topics: readonly Topic[]): void {
    this.#watchers.delete(from);
    if (topics.length > 0) this.#watchers.set(from, new Set(topics));
    this.#forgetLater(`watch ${from}`, () => this.watch(from, []), topics.length > 0);
    this.#parts.onWatched(new Set([...this.#watchers.values()].flatMap((watched) => [...watched])));
    if (topics.length > 0) this.#tell(from, this.#counts(topics, true));
  }

  list({ from, id, follow }: { from: string; id: string; follow: boolean }): void {
    if (follow) {
      this.#followers.add(from);
      this.#forgetLater(`list ${from}`, () => this.#followers.delete(from), true);
    }
    const { nodes, readers, isPrivate, runsSource } = this.#parts;
    const topics: TopicReaders[] = [];
    for (const [topic, { pages, programs }] of readers) {
      if (!isPrivate(topic)) topics.push({ topic, pages, programs, source: runsSource(topic) });
    }
    this.#tell(from, { kind: "listed", from: nodes.name, id, topics });
  }

  stop(): void {
    for (const timer of [...this.#timers.values(), this.#telling]) clearTimeout(timer);
    this.#watchers.clear();
    this.#followers.clear();
  }

  #forgetLater(what: string, forget: () => void, later: boolean): void {
    clearTimeout(this.#timers.get(what));
    this.#timers.delete(what);
    if (later) this.#timers.set(what, setTimeout(forget, FORGET_MS).unref());
  }

  #note(topic: Topic, edge: boolean): void {
    if (this.#watchers.size === 0 && this.#followers.size === 0) return;
    this.#changed.add(topic);
    this.#edges ||= edge;
    this.#telling ??= setTimeout(() => this.#tellAll(), COALESCE_MS).unref();
  }

  #tellAll(): void {
    const changed = [...this.#changed];
    for (const [node, watched] of this.#watchers) {
      const topics = changed.filter((topic) => watched.has(topic));
      if (topics.length > 0) this.#tell(node, this.#counts(topics, false));
    }
    if (this.#edges) for (const node of this.#followers) this.#tell(node, { kind: "changed" });
    this.#changed = new Set();
    this.#edges = false;
    this.#telling = undefined;
  }

  /** @param whole whether what is left out has no pages */
  #counts(topics: readonly Topic[], whole: boolean): Note {
    const { nodes, readers } = this.#parts;
    const pages = topics.map((topic) => [topic, readers.of(topic).pages] as const);
    const told = pages.filter(([, count]) => !whole || count > 0);
    return { kind: "counts", from: nodes.name, whole, pages: Object.fromEntries(told) };
  }

  /** Whoever is not told asks again: nothing is lost for long. */
  #tell(node: string, note: Note): void {
    this.#parts.nodes.tell(node, JSON.stringify(note)).catch(() => {});
  }
}
