import { Parser } from "../engine/markdown/parser.ts";
import type { ParserPlace } from "../engine/markdown/place.ts";

/**
 * A part of an answer that is shown by itself. The texts of all blocks together are the answer as the model wrote it. A type,
 * since TypeScript does not take an interface for JSON.
 */
export type AnswerBlock = {
  text: string;
  /** In what it goes on that an earlier block has begun: a list, a quote, a piece of code. */
  place?: ParserPlace;
};

/**
 * Cuts Markdown into blocks while it grows. A finished block never changes any more. Where it is cut depends on the text alone,
 * not on the pieces in which that came.
 */
export class Blocks {
  readonly #parser = new Parser(undefined, (end, place) => this.#cut(end, place));
  /** The unfinished block: its text, at which character of the answer it begins, and in what it goes on. */
  #rest = "";
  #start = 0;
  #place: ParserPlace | undefined;
  #finished: AnswerBlock[] = [];

  /** Adds text. @returns the blocks that are finished by it */
  add(text: string): AnswerBlock[] {
    this.#rest += text;
    this.#finished = [];
    this.#parser.add(text);
    return this.#finished;
  }

  /** The unfinished block as it is to be shown; undefined while it has no text. */
  get open(): AnswerBlock | undefined {
    // Half of a surrogate pair is left out until the other half is there.
    const text = this.#rest.replace(/[\uD800-\uDBFF]$/, "");
    const { leaf } = this.#place ?? {};
    const isInCode = leaf !== undefined && "fence" in leaf && leaf.fence !== ""; // where empty lines count
    return text.trim() === "" && !(isInCode && text !== "") ? undefined : this.#block(text);
  }

  /** The unfinished block once nothing more comes; undefined if there is none. */
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
