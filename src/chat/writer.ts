import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { type AnswerBlock, Blocks } from "./blocks.ts";
import { Pacer } from "./pacer.ts";

/** A block at its place in an answer. */
export interface WrittenBlock {
  readonly place: number;
  readonly block: AnswerBlock;
  /** More of it comes. */
  readonly open: boolean;
}

/** So many blocks are published at once, and so many characters read. */
const MOST_AT_ONCE = 20;
const MOST_READ = 8 * 1024;

export interface WriterParts {
  /** Publishes them, all or none. */
  readonly publish: (pieces: readonly WrittenBlock[]) => Promise<void>;
  /** Told once why nothing more is published. */
  readonly onError: (error: unknown) => void;
  readonly pacer?: Pacer;
}

/**
 * Publishes an answer as it grows: each finished block once, and the unfinished one again and again. One publish at a time:
 * while it is under way, only the newest version of the unfinished block waits.
 */
export class Writer {
  readonly #publish: WriterParts["publish"];
  readonly #onError: WriterParts["onError"];
  readonly #pacer: Pacer;
  readonly #blocks = new Blocks();
  /** Finished, and not yet published. */
  #finished: AnswerBlock[] = [];
  /** The place of the first of those, or of the unfinished block. */
  #place = 0;
  #shown = "";
  #sending: Promise<void> = Promise.resolve();
  #busy = false;
  /** Nothing more comes; and nothing more is published from here. */
  #ending = false;
  #over = false;

  constructor({ publish, onError, pacer = new Pacer() }: WriterParts) {
    this.#publish = publish;
    this.#onError = onError;
    this.#pacer = pacer;
  }

  /** Whether there has been anything to show. */
  get isEmpty(): boolean {
    return this.#place === 0 && this.#finished.length === 0 && this.#blocks.open === undefined;
  }

  /** Resolves when it is read. What came all at once is read a part at a time, so that it holds up nothing else. */
  async add(text: string): Promise<void> {
    for (let at = 0; at < text.length; at += MOST_READ) {
      if (at > 0) await turn();
      this.#add(text.slice(at, at + MOST_READ));
    }
  }

  #add(text: string): void {
    const finished = this.#blocks.add(text);
    this.#finished.push(...finished);
    this.#pacer.grew(text.length);
    for (const _ of finished) this.#pacer.finished();
    if (!this.#busy) this.#sending = this.#send();
  }

  /** Nothing more comes. @returns what is left to publish, not much, once nothing is on its way any more */
  async end(): Promise<WrittenBlock[]> {
    this.#ending = true;
    if (!this.#busy) this.#sending = this.#send();
    await this.#sending;
    this.#over = true;
    const { rest } = this.#blocks;
    return this.#pieces(rest === undefined || this.isEmpty ? this.#finished : [...this.#finished, rest]);
  }

  async #send(): Promise<void> {
    this.#busy = true;
    try {
      for (let pieces = this.#due(); pieces.length > 0; pieces = this.#due()) {
        await sleep(this.#pacer.wait(performance.now()));
        if (this.#over) break;
        pieces = this.#due(); // what has come meanwhile goes with it
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

  /** What is worth sending now. */
  #due(): WrittenBlock[] {
    if (this.#over) return [];
    const pieces = this.#pieces(this.#finished.slice(0, MOST_AT_ONCE));
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
