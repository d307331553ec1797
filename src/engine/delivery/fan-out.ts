import type { Content } from "../regions/content.ts";
import type { Update } from "../regions/update.ts";
import { Group } from "./group.ts";

/** Who shows what: hands each update to every group that shows its region. */
export class FanOut {
  #groups = new Map<string, Group>();
  #showing = new Map<Content, Set<Group>>();

  /** All who show these contents, and nothing else. */
  group(as: "html" | "json", contents: readonly Content[]): Group {
    const made = new Group(as, contents);
    const group = this.#groups.get(made.key);
    if (group !== undefined) return group;
    this.#groups.set(made.key, made);
    for (const content of contents) this.#show(content, made);
    return made;
  }

  /** Lets go of an group that has no members. */
  leave(group: Group): void {
    if (group.members.size > 0) return;
    this.#groups.delete(group.key);
    for (const content of group.contents) this.#hide(content, group);
  }

  /** Puts other contents of the same regions in the place of an group's own. */
  swap(group: Group, contents: readonly Content[]): void {
    for (const content of group.contents) this.#hide(content, group);
    group.contents = contents;
    for (const content of contents) this.#show(content, group);
  }

  /** @param position the seq of the newest of all updates that this node has applied */
  deliver(dirty: Iterable<Content>, position: number, cursor: (seq: number) => string): void {
    const updates = new Map<Group, Update[] | undefined>();
    for (const content of dirty) {
      const taken = content.take(); // rendered and encoded here, once
      for (const group of this.#showing.get(content) ?? []) {
        if (taken === undefined) updates.set(group, undefined);
        else if (!updates.has(group)) updates.set(group, [...taken]);
        else updates.get(group)?.push(...taken);
      }
    }
    for (const [group, taken] of updates) {
      group.deliver(taken, position, cursor);
      if (group.ended) for (const subscriber of group.ready) subscriber.finish();
    }
  }

  *[Symbol.iterator](): Iterator<Group> {
    yield* this.#groups.values();
  }

  #show(content: Content, group: Group): void {
    const groups = this.#showing.get(content) ?? new Set();
    this.#showing.set(content, groups.add(group));
    content.readers = groups.size;
  }

  #hide(content: Content, group: Group): void {
    const groups = this.#showing.get(content);
    if (groups?.delete(group) !== true) return;
    content.readers = groups.size;
    if (groups.size === 0) this.#showing.delete(content);
  }
}
