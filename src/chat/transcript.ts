import type { Json } from "../engine/core/json.ts";
import { type ItemName, parseItem } from "../engine/core/topic.ts";
import type { TopicRecord, Value } from "../engine/log/record.ts";
import type { AnswerBlock } from "./blocks.ts";
import type { Said } from "./model.ts";

/** What a conversation's topic holds: a visitor's message, a block of an answer, or a word on how the answer ended. */
export type TranscriptLine =
  | { you: string }
  | (AnswerBlock & {
      open?: boolean;
      plain?: boolean /** Of its first block: what the model thought before. */;
      thinking?: string;
    })
  | { note: string };

/** Items are named by their turn, and blocks by their place in its answer. */
export const messageName = (turn: number): ItemName => parseItem(`q${turn}`);
export const blockName = (turn: number, place: number): ItemName => parseItem(`a${turn}-${place}`);
export const noteName = (turn: number): ItemName => parseItem(`n${turn}`);

/** So much of it is told to the model, in characters, the newest first. */
const MEMORY = 32 * 1024;

interface Item {
  readonly name: ItemName;
  readonly kind: "q" | "a" | "n";
  readonly turn: number;
  readonly data: Record<string, Json>;
}

/** What was said so far. Anyone may publish to the topic: what is none of ours is not seen. */
export class Transcript {
  readonly #items: readonly Item[];

  constructor({ values }: Pick<TopicRecord, "values">) {
    this.#items = [...values.values()].flatMap(itemOf);
  }

  /** The number of the last turn; 0 if there was none. */
  get turn(): number {
    return this.#items.reduce((most, { turn }) => Math.max(most, turn), 0);
  }

  /** Whether a turn has a message that can be answered. */
  has(turn: number): boolean {
    return this.#items.some((item) => item.kind === "q" && item.turn === turn);
  }

  /** What there is of a turn's answer. */
  answer(turn: number): ItemName[] {
    return this.#items.filter((item) => item.kind !== "q" && item.turn === turn).map(({ name }) => name);
  }

  /** The blocks that were to go on. */
  get open(): { name: ItemName; data: Record<string, Json> }[] {
    return this.#items.filter(({ data }) => data.open === true);
  }

  /** As the model is told of it, up to a turn's message. */
  said(turn: number): Said[] {
    const said: { role: Said["role"]; content: string }[] = [];
    for (const { kind, turn: at, data } of this.#items) {
      if (kind === "n" || at > turn || (kind === "a" && at === turn)) continue;
      const content = String((kind === "q" ? data.you : data.text) ?? "");
      const role = kind === "q" ? "user" : "assistant";
      const last = said.at(-1);
      // The blocks of an answer are what it was cut into.
      if (last?.role === role) last.content += role === "assistant" ? content : `\n\n${content}`;
      else said.push({ role, content });
    }
    let from = said.length - 1;
    let left = MEMORY - (said[from]?.content.length ?? 0);
    for (; from > 0 && left >= said[from - 1]!.content.length; from--) left -= said[from - 1]!.content.length;
    // Services refuse what begins with an answer.
    while (said[from]?.role === "assistant") from++;
    return said.slice(Math.max(0, from));
  }
}

function itemOf({ key, json: { value: data } }: Value): Item[] {
  const [, kind, turn] = /^=([qan])(\d{1,9})(?:-\d{1,9})?$/.exec(key) ?? [];
  if (kind === undefined || typeof data !== "object" || data === null || Array.isArray(data)) return [];
  return [{ name: key.slice(1) as ItemName, kind: kind as Item["kind"], turn: Number(turn), data }];
}
