import type { Broker } from "../engine/broker/broker.ts";
import type { Lease } from "../engine/core/lease.ts";
import type { Words } from "../engine/words/words.ts";
import type { Conversation, ConversationChange } from "./conversation.ts";
import { Failure, type Model, type Said, type ToolCall } from "./model.ts";
import { plainWords } from "./plain-words.ts";
import { blockName, noteName, noteOf, type TranscriptLine } from "./transcript.ts";
import { DONE, type Ending, LOST, noteIn, STOPPED, type Turn, turnOf } from "./turn.ts";
import { Writer, type WrittenBlock } from "./writer.ts";

export interface AnswerParts {
  readonly broker: Pick<Broker, "watch">;
  readonly conversation: Conversation;
  readonly model: Model;
  readonly lease: Lease;
  /** A random name of this run. */
  readonly run: string;
  /** The number of its turn. */
  readonly turn: number;
  readonly said: readonly Said[];
  /** Gives the site's words. */
  readonly words: () => Words;
  /** Tells the operator. */
  readonly report: (text: string, error: unknown) => void;
}

/** How much is kept of what a model thinks, in characters. */
const MAX_THINKING_CHARACTERS = 16 * 1024;

/** One answer under way, from the model to the conversation. Made, it listens for Stop; then call `run`, or `dismiss`. */
export class Answer {
  /** When it was last seen to have a reader, in milliseconds since 1970. */
  seen = Date.now();
  readonly conversation: Conversation;
  readonly #parts: AnswerParts;
  readonly #stop = new AbortController();
  readonly #writer: Writer;
  /** What the model thought before its answer, if it did; and whether it is shown, and so stays as it is, also open where one has opened it. */
  #thinking: string | undefined;
  #isThoughtShown = false;
  readonly #calls: ToolCall[] = [];
  /** Ends listening for Stop, which may be pressed on another node and comes through the log. */
  readonly #unwatch: () => void;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
    this.conversation = parts.conversation;
    this.#writer = new Writer({
      publish: async (pieces) => {
        await this.conversation.publish(this.#changes(pieces), { fence: parts.lease.fence });
        this.#isThoughtShown = true;
      },
      onError: (error) => {
        parts.report("An answer cannot be published.", error);
        this.stop({ state: "failed", word: "chat_not_kept" });
      },
    });
    parts.lease.lost.addEventListener("abort", () => this.stop(LOST), { once: true });
    this.#unwatch = parts.broker.watch(this.conversation.turnTopic, (entry) => {
      if (entry.op === "publish") this.heed(turnOf(entry.json.value));
    });
  }

  /** Stops if the turn says that this run is to stop. */
  heed({ state, run }: Turn): void {
    if (state === "stopping" && run === this.#parts.run) this.stop(STOPPED);
  }

  /** Stops it, with this ending. If it is called again, the first ending counts. */
  stop(ending: Ending): void {
    this.#stop.abort(ending);
  }

  /** To be called instead of `run`. */
  dismiss(): void {
    this.#unwatch();
  }

  /** Runs it. Resolves when it has ended and the conversation says so. */
  async run(): Promise<void> {
    let text = "";
    let ending = DONE;
    try {
      for await (const more of this.#parts.model.answer(this.#parts.said, this.#stop.signal)) {
        if (more.kind === "call") this.#calls.push(more);
        else if (more.kind === "thinking") await this.#think(more.text, text === "");
        else {
          text += more.text;
          await this.#writer.add(more.text);
        }
        this.#stop.signal.throwIfAborted();
      }
    } catch (error) {
      ending = this.#stop.signal.aborted ? this.#stop.signal.reason : this.#failed(error);
    }
    const pieces = await this.#writer.end();
    this.#unwatch();
    const { lease, run } = this.#parts;
    if (!lease.lost.aborted) await this.conversation.end(run, this.#ended(pieces, ending, text), lease.fence);
  }

  /** That the model thinks is shown at once, in a block of its own; what it thought comes with the first block of its answer. */
  async #think(text: string, before: boolean): Promise<void> {
    if (!before) return; // the answer has begun: what it thinks within that is left out
    const first = this.#thinking === undefined;
    this.#thinking = ((this.#thinking ?? "") + text).slice(0, MAX_THINKING_CHARACTERS);
    if (!first) return;
    const { topic } = this.conversation;
    const item = blockName(this.#parts.turn, 0);
    const data: TranscriptLine = { text: "", open: true, thinking: "" };
    await this.conversation.publish([{ topic, item, data }], { fence: this.#parts.lease.fence });
  }

  #failed(error: unknown): Ending {
    if (!(error instanceof Failure)) {
      this.#parts.report("The model failed.", error);
      return { state: "failed", word: "chat_failed" };
    }
    const { message, cause, word, status } = error;
    if (cause !== undefined) this.#parts.report(`${message} ${cause}`, undefined);
    return { state: "failed", word, status };
  }

  #ended(pieces: readonly WrittenBlock[], ending: Ending, text: string): ConversationChange[] {
    const { state } = ending;
    const words = this.#parts.words();
    const note = noteIn(words, ending);
    const { topic, turnTopic } = this.conversation;
    const { turn } = this.#parts;
    const changes = this.#changes(pieces);
    const { blocks } = this.#writer;
    for (const [i, { name, input }] of this.#calls.entries())
      changes.push(this.#block(blocks + i, { text: "", call: { name, input } }));
    if (changes.length === 0 && blocks === 0) changes.push({ op: "remove", topic, item: blockName(turn, 0) });
    if (note !== undefined) changes.push({ topic, item: noteName(turn), data: noteOf(note, state) });
    const said = [plainWords(text, words.of("chat_rest")), note].filter(Boolean).join(" ");
    return [...changes, { topic: turnTopic, data: { state, said } }];
  }

  #changes(pieces: readonly WrittenBlock[]): ConversationChange[] {
    const written = pieces.map(({ place, block, open }) => this.#block(place, { ...block, ...(open && { open }) }));
    const thinking = this.#thought;
    if (this.#isThoughtShown || thinking === undefined) return written;
    const { topic } = this.conversation;
    return [{ topic, item: blockName(this.#parts.turn, 0), data: { text: "", thinking } }, ...written];
  }

  /** What the model thought before its answer, if that is anything to show. */
  get #thought(): string | undefined {
    return this.#thinking?.trim() === "" ? undefined : this.#thinking;
  }

  /** @param place among the blocks of the answer; what was thought before stands before them */
  #block(place: number, data: TranscriptLine): ConversationChange {
    const before = this.#thought === undefined ? 0 : 1;
    return { topic: this.conversation.topic, item: blockName(this.#parts.turn, before + place), data };
  }
}
