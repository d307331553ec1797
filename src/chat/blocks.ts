import { Parser } from "../engine/markdown/parser.ts";
import type { ParserPlace } from "../engine/markdown/place.ts";

/**
 * A part of an answer that is shown by itself: of all of them together, the texts are the answer as it was written. A type and
 * no interface, since only that is JSON.
 */
export type AnswerBlock = {
  text: string;
  /** What the text before it has begun, and it goes on with: a list, a quote, a piece of code. */
  place?: ParserPlace;
};

/**
 * Cuts Markdown that grows into blocks. A finished block never changes, and where the cuts fall depends on the text alone and
 * not on the pieces in which it came.
 */
export class Blocks {
  readonly #parser = new Parser(undefined, (end, place) => this.#cut(end, place));
  /** The unfinished block: its text, where in the whole that begins, and where it goes on. */
  #rest = "";
  #start = 0;
  #place: ParserPlace | undefined;
  #finished: AnswerBlock[] = [];

  /** @returns the blocks that are finished by it */
  add(text: string): AnswerBlock[] {
    this.#rest += text;
    this.#finished = [];
    this.#parser.add(text);
    return this.#finished;
  }

  /** The block that is not finished, if there is any text of it. */
  get open(): AnswerBlock | undefined {
    // Half a character is shown when its other half is there.
    const text = this.#rest.replace(/[\uD800-\uDBFF]$/, "");
    const { leaf } = this.#place ?? {};
    const isInCode = leaf !== undefined && "fence" in leaf && leaf.fence !== ""; // where empty lines count
    return text.trim() === "" && !(isInCode && text !== "") ? undefined : this.#block(text);
  }

  /** What is left when nothing more comes, be it an empty line. */
  get rest(): AnswerBlock | undefined {
    return this.#rest === "" ? undefined : this.#block(this.#rest);
  }

  #cut(end: number, place: ParserPlace | undefined): void {
    if (end > this.#start) this.#finished.push(this.#block(this.#rest.slice(0, end - this.#start)));
    this.#rest = this.#rest.slice(end - this.#start);
    this.#start = end;
    this.#place = place;
  }

  #block(text: string): AnswerBlock {
    return this.#place === undefined ? { text } : { text, place: this.#place };
  }
}
