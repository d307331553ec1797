import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { type AnswerBlock, Blocks } from "./blocks.ts";
import { Pacer } from "./pacer.ts";

/** A block, and its number in the answer. */
export interface WrittenBlock {
  readonly place: number;
  readonly block: AnswerBlock;
  /** Whether it is not finished. */
  readonly open: boolean;
}

/** How many blocks are published in one append, and how many characters are parsed before other work has its turn. */
const MAX_BLOCKS_AT_ONCE = 20;
const MAX_CHARACTERS_AT_ONCE = 8 * 1024;

export interface WriterParts {
  /** Publishes all of them, or throws. */
  readonly publish: (pieces: readonly WrittenBlock[]) => Promise<void>;
  /** Called once, if publishing failed: nothing more is published then. */
  readonly onError: (error: unknown) => void;
  readonly pacer?: Pacer;
}

/**
 * Publishes an answer while it grows: each finished block once, and the unfinished one again and again, as often as the pacer
 * allows. It publishes once at a time; of the versions that the unfinished block has meanwhile, only the newest is published
 * next.
 */
export class Writer {
  readonly #publish: WriterParts["publish"];
  readonly #onError: WriterParts["onError"];
  readonly #pacer: Pacer;
  readonly #blocks = new Blocks();
  /** Blocks that are finished and not published as such yet. */
  #finished: AnswerBlock[] = [];
  /** The number of the first of those; if there is none, of the unfinished block. */
  #place = 0;
  /** The text of the unfinished block as it was published last. */
  #shown = "";
  #sending: Promise<void> = Promise.resolve();
  #busy = false;
  /** No more text comes. */
  #ending = false;
  /** Nothing more is published. */
  #over = false;

  constructor({ publish, onError, pacer = new Pacer() }: WriterParts) {
    this.#publish = publish;
    this.#onError = onError;
    this.#pacer = pacer;
  }

  /** How many blocks are finished: once it has ended, all that there are. */
  get blocks(): number {
    return this.#place + this.#finished.length;
  }

  /** Whether there has been nothing to show. */
  get #isEmpty(): boolean {
    return this.#place === 0 && this.#finished.length === 0 && this.#blocks.open === undefined;
  }

  /** Adds text. Resolves when it is parsed: a long one in parts, so that it does not block the process. */
  async add(text: string): Promise<void> {
    for (let at = 0; at < text.length; at += MAX_CHARACTERS_AT_ONCE) {
      if (at > 0) await turn();
      this.#add(text.slice(at, at + MAX_CHARACTERS_AT_ONCE));
    }
  }

  #add(text: string): void {
    const finished = this.#blocks.add(text);
    this.#finished.push(...finished);
    this.#pacer.grew(text.length);
    for (const _ of finished) this.#pacer.finished();
    if (!this.#busy) this.#sending = this.#send();
  }

  /**
   * To be called when no more text comes. Waits for the publish under way.
   * @returns the last blocks, which are left to publish
   */
  async end(): Promise<WrittenBlock[]> {
    this.#ending = true;
    if (!this.#busy) this.#sending = this.#send();
    await this.#sending;
    this.#over = true;
    const { rest } = this.#blocks;
    if (rest !== undefined && !this.#isEmpty) this.#finished.push(rest);
    return this.#pieces(this.#finished);
  }

  async #send(): Promise<void> {
    this.#busy = true;
    try {
      for (let pieces = this.#due(); pieces.length > 0; pieces = this.#due()) {
        await sleep(this.#pacer.wait(performance.now()));
        if (this.#over) break;
        pieces = this.#due(); // with what has come meanwhile
        if (pieces.length === 0) break;
        await this.#publish(pieces);
        const blocks = pieces.map(({ block }) => block);
        this.#pacer.sent(blocks, performance.now());
        const finished = pieces.filter(({ open }) => !open).length;
        this.#finished.splice(0, finished);
        this.#place += finished;
        this.#shown = pieces.at(-1)!.open ? blocks.at(-1)!.text : "";
      }
    } catch (error) {
      this.#over = true;
      this.#onError(error);
    } finally {
      this.#busy = false;
    }
  }

  /** What to publish now; nothing where it is not worth it yet. */
  #due(): WrittenBlock[] {
    if (this.#over) return [];
    const pieces = this.#pieces(this.#finished.slice(0, MAX_BLOCKS_AT_ONCE));
    const isMore = this.#finished.length > pieces.length;
    if (isMore || this.#ending) return isMore ? pieces : [];
    const { open } = this.#blocks;
    if (open === undefined || (pieces.length === 0 && open.text === this.#shown)) return pieces;
    return this.#pacer.affords(open)
      ? [...pieces, { place: this.#place + pieces.length, block: open, open: true }]
      : pieces;
  }

  #pieces(blocks: readonly AnswerBlock[]): WrittenBlock[] {
    return blocks.map((block, i) => ({ place: this.#place + i, block, open: false }));
  }
}
