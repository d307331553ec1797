import type { Region } from "../core/region.ts";
import type { Entry } from "../log/record.ts";
import type { Metrics } from "../ops/metrics.ts";
import type { Content } from "../regions/content.ts";
import type { Update } from "../regions/update.ts";
import { plain } from "./encoding/encoding.ts";
import { Gzip } from "./encoding/gzip.ts";
import { Windows } from "./encoding/windows.ts";
import { Group, type Member } from "./group.ts";

/**
 * How many readers of compressed streams are one group: so many heartbeats, and so many answers of pages that are asked at once
 * whether they are there, hold up nothing else for long.
 */
const MOST_TOGETHER = 250;

/** Is told what passes through this node, for as long as someone wants to see it. It must not throw, and not take long. */
export interface TrafficObserver {
  /** What was read from the log, in order. */
  read(entries: readonly Entry[]): void;
  /** Updates of one region, rendered and encoded once, that so many readers are sent. */
  sent(region: Region, updates: readonly Update[], readers: number): void;
}

/** Knows which group of subscribers shows which regions, and hands each update to every group that shows its region. */
export class FanOut {
  readonly #metrics: Metrics;
  readonly #windows = new Windows();
  #groups = new Map<string, Group>();
  #groupsOf = new Map<Content, Set<Group>>();
  /** Undefined while nobody wants to see what passes. */
  observer: TrafficObserver | undefined;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** How many subscribers have not been sent all there is. */
  get behind(): number {
    let behind = 0;
    for (const { members, caughtUp } of this.#groups.values()) behind += members.size - caughtUp.size;
    return behind;
  }

  /**
   * The group of those who show exactly these contents; a new one if there is none.
   * @param compressed whether what they are sent is. Of very many readers each so many are a group of their own then: they have
   *   their heartbeats together, and those who come and go concern but a few
   */
  group(as: "html" | "json", contents: readonly Content[], compressed: boolean): Group {
    const names = contents.map(({ region }) => region.name).sort();
    for (let part = 0; ; part++) {
      const key = `${as} ${compressed ? `gzip ${part}` : "plain"} ${names}`;
      const group = this.#groups.get(key);
      if (group === undefined) return this.#make(key, as, contents, compressed);
      if (!compressed || group.members.size < MOST_TOGETHER) return group;
    }
  }

  /** To be called when a subscriber has left: forgets the group if that was its last. */
  dropIfEmpty(group: Group): void {
    if (group.members.size > 0) return;
    this.#groups.delete(group.key);
    group.encoding.close();
    for (const content of group.contents) this.#hide(content, group);
  }

  /** Gives a group other contents of the same regions, made by other templates or from another log. */
  swap(group: Group, contents: readonly Content[]): void {
    for (const content of group.contents) this.#hide(content, group);
    group.contents = contents;
    for (const content of contents) this.#show(content, group);
  }

  /**
   * Renders the updates of these contents, and sends them to all who are caught up.
   * @param now the seq of the newest entry that this node has applied
   * @returns how many were caught up
   */
  deliver(dirty: Iterable<Content>, now: number, cursor: (seq: number) => string): number {
    let readers = 0;
    /** Undefined for a group that is to be caught up instead. */
    const updates = new Map<Group, Update[] | undefined>();
    for (const content of dirty) {
      const taken = content.takeUpdates(); // rendered and encoded here, once for all groups
      if (taken !== undefined && this.observer !== undefined) {
        this.observer.sent(content.region, taken, this.#readersOf(content));
      }
      for (const group of this.#groupsOf.get(content) ?? []) {
        if (taken === undefined) updates.set(group, undefined);
        else if (!updates.has(group)) updates.set(group, [...taken]);
        else updates.get(group)?.push(...taken);
      }
    }
    for (const [group, taken] of updates) {
      readers += group.caughtUp.size;
      group.deliver(taken, now, cursor);
      if (group.ended) for (const subscriber of group.caughtUp) subscriber.endForGood();
    }
    return readers;
  }

  *[Symbol.iterator](): Iterator<Group> {
    yield* this.#groups.values();
  }

  #make(key: string, as: "html" | "json", contents: readonly Content[], compressed: boolean): Group {
    const encoding = compressed ? new Gzip<Member>(this.#windows) : plain<Member>();
    const group = new Group(key, { as, contents, encoding, metrics: this.#metrics });
    this.#groups.set(key, group);
    for (const content of contents) this.#show(content, group);
    return group;
  }

  /** How many are sent its updates as they come. */
  #readersOf(content: Content): number {
    let readers = 0;
    for (const group of this.#groupsOf.get(content) ?? []) readers += group.caughtUp.size;
    return readers;
  }

  #show(content: Content, group: Group): void {
    const groups = this.#groupsOf.get(content) ?? new Set();
    this.#groupsOf.set(content, groups.add(group));
    content.groupCount = groups.size;
  }

  #hide(content: Content, group: Group): void {
    const groups = this.#groupsOf.get(content);
    if (groups?.delete(group) !== true) return;
    content.groupCount = groups.size;
    if (groups.size === 0) this.#groupsOf.delete(content);
  }
}
