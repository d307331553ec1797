import { secretSegment, type Topic } from "../core/topic.ts";
import { signer } from "./signer.ts";

/** As many characters as every secret segment of a topic has. */
const LENGTH = secretSegment().length;
/** The last of them, 48 bits, show that the id is of this server: of an integrator's ids, one in 280,000,000,000,000 would pass. */
const PROOF_LENGTH = 8;
const NAME_LENGTH = LENGTH - PROOF_LENGTH;

/**
 * Ids of one visitor, or of one load of a page. Nobody else can guess one, and the server knows its own again without a list:
 * so a topic that has one in its name is for that visitor alone, whatever its widget says.
 */
export class OwnIds {
  readonly #sign: (text: string) => string;

  /** @param secret gives the present secret; with another one, ids of before are not known any more */
  constructor(secret: () => string) {
    this.#sign = signer("brooklet: ids of visitors", secret);
  }

  /** The id that belongs to a text, which cannot be found from it. */
  of(text: string): string {
    return this.#proven(this.#sign(`of ${text}`).slice(0, NAME_LENGTH));
  }

  /** An id that was never given before. */
  random(): string {
    return this.#proven(secretSegment().slice(0, NAME_LENGTH));
  }

  /** Whether it is one of this server's. */
  includes(text: string): boolean {
    return text.length === LENGTH && text === this.#proven(text.slice(0, NAME_LENGTH));
  }

  /** Whether one of a topic's segments is one of them. */
  areIn(topic: Topic): boolean {
    // Most are shorter than an id.
    return topic.length >= LENGTH && topic.split("/").some((segment) => this.includes(segment));
  }

  #proven(name: string): string {
    return name + this.#sign(`by ${name}`).slice(0, PROOF_LENGTH);
  }
}
