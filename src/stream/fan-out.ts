import type { Content } from "../content/content.ts";
import type { Update } from "../update.ts";
import { Audience } from "./audience.ts";

/** Who shows what: hands each update to every audience that shows its region. */
export class FanOut {
  #audiences = new Map<string, Audience>();
  #showing = new Map<Content, Set<Audience>>();

  /** All who show these contents, and nothing else. */
  audience(as: "html" | "json", contents: readonly Content[]): Audience {
    const made = new Audience(as, contents);
    const audience = this.#audiences.get(made.key);
    if (audience !== undefined) return audience;
    this.#audiences.set(made.key, made);
    for (const content of contents) this.#show(content, made);
    return made;
  }

  /** Lets go of an audience that has no members. */
  leave(audience: Audience): void {
    if (audience.members.size > 0) return;
    this.#audiences.delete(audience.key);
    for (const content of audience.contents) this.#hide(content, audience);
  }

  /** Puts other contents of the same regions in the place of an audience's own. */
  swap(audience: Audience, contents: readonly Content[]): void {
    for (const content of audience.contents) this.#hide(content, audience);
    audience.contents = contents;
    for (const content of contents) this.#show(content, audience);
  }

  /** @param position the seq of the newest of all updates that this node has applied */
  deliver(dirty: Iterable<Content>, position: number, cursor: (seq: number) => string): void {
    const updates = new Map<Audience, Update[] | undefined>();
    for (const content of dirty) {
      const taken = content.take(); // rendered and encoded here, once
      for (const audience of this.#showing.get(content) ?? []) {
        if (taken === undefined) updates.set(audience, undefined);
        else if (!updates.has(audience)) updates.set(audience, [...taken]);
        else updates.get(audience)?.push(...taken);
      }
    }
    for (const [audience, taken] of updates) {
      audience.deliver(taken, position, cursor);
      if (audience.ended) for (const subscriber of audience.ready) subscriber.finish();
    }
  }

  *[Symbol.iterator](): Iterator<Audience> {
    yield* this.#audiences.values();
  }

  #show(content: Content, audience: Audience): void {
    const audiences = this.#showing.get(content) ?? new Set();
    this.#showing.set(content, audiences.add(audience));
    content.readers = audiences.size;
  }

  #hide(content: Content, audience: Audience): void {
    const audiences = this.#showing.get(content);
    if (audiences?.delete(audience) !== true) return;
    content.readers = audiences.size;
    if (audiences.size === 0) this.#showing.delete(content);
  }
}
