import { type Cut, firstCut, INERT } from "./cut.ts";

/** A part of an answer that is shown by itself: its own Markdown. A type and no interface, since only that is JSON. */
export type Block = {
  text: string;
  /** It goes on with what the block before it began: a list, a table, a piece of code or a long paragraph. */
  joined?: boolean;
};

/**
 * Cuts Markdown that grows into blocks. A finished block never changes, and where the cuts fall depends on the text alone and
 * not on the pieces in which it came.
 */
export class Blocks {
  /** The source of the unfinished block, and what has come after it. */
  #rest = "";
  #joined = false;
  /** How much of the rest was looked at: no cut is there. */
  #looked = 0;

  /** @returns the blocks that are finished by it */
  add(text: string): Block[] {
    this.#take(text.replaceAll("\r", ""));
    const finished: Block[] = [];
    for (let cut = this.#cut(); cut !== undefined; cut = this.#cut()) {
      const block = this.#block(cut.text);
      if (block !== undefined) finished.push(block);
      const left = this.#rest.slice(cut.end);
      this.#rest = cut.prefix;
      this.#joined = cut.joined;
      this.#looked = cut.prefix.length;
      this.#take(left);
    }
    return finished;
  }

  /** The block that is not finished, if there is any text of it. */
  get open(): Block | undefined {
    // Half a character is shown when its other half is there.
    return this.#block(this.#rest.replace(/[\uD800-\uDBFF]$/, ""));
  }

  #cut(): Cut | undefined {
    const cut = firstCut(this.#rest, this.#looked);
    this.#looked = this.#rest.length;
    return cut;
  }

  #take(text: string): void {
    // Where a line was cut, its second part begins with no space.
    this.#rest += this.#rest === INERT ? text.replace(/^[ \t]+/, "") : text;
  }

  #block(source: string): Block | undefined {
    const text = source.trimEnd();
    if (text === "" || text === INERT) return undefined;
    return this.#joined ? { text, joined: true } : { text };
  }
}
