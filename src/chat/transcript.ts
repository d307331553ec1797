import type { Json } from "../engine/core/json.ts";
import { type ItemName, parseItem } from "../engine/core/topic.ts";
import type { TopicRecord, Value } from "../engine/log/record.ts";
import type { AnswerBlock } from "./blocks.ts";
import type { Said } from "./model.ts";
import type { Ending } from "./turn.ts";

/** An item of a conversation's topic: a visitor's message, a block of an answer, or a note on how the answer ended. */
export type TranscriptLine =
  | {
      you: string;
      /** The model that was chosen to answer, by its name. */
      model?: string;
    }
  | (AnswerBlock & {
      /** It is not finished. */
      open?: boolean;
      /** To be shown as plain text, since its Markdown makes too much HTML. */
      plain?: boolean;
      /** In the first block, which then has no text: what the model thinks before, "" until that is known. */
      thinking?: string;
      /** In a block without text: a tool that the model asked for, and with what. */
      call?: { name: string; input: string };
    })
  | Note;

/** How an answer ended; `failed`: that was no good end. */
type Note = { note: string; failed?: boolean };

export function noteOf(note: string, state: Ending["state"]): Note {
  return state === "failed" ? { note, failed: true } : { note };
}

/** The names of items: by turn, and blocks by their number in its answer. */
export const messageName = (turn: number): ItemName => parseItem(`q${turn}`);
export const blockName = (turn: number, place: number): ItemName => parseItem(`a${turn}-${place}`);
export const noteName = (turn: number): ItemName => parseItem(`n${turn}`);

/** How much of a conversation the model is given, in characters: the newest messages that fit. */
const MAX_MEMORY_CHARACTERS = 32 * 1024;

interface Item {
  readonly name: ItemName;
  readonly kind: "q" | "a" | "n";
  readonly turn: number;
  /** Where in the log it came, or was last changed. */
  readonly seq: number;
  readonly data: Record<string, Json>;
}

/** What was said in a conversation. Programs may publish anything to its topic: items that are not the chat's are left out. */
export class Transcript {
  #items: readonly Item[];

  constructor({ values }: Pick<TopicRecord, "values">) {
    this.#items = [...values.values()].flatMap(itemOf);
  }

  /** The number of the last turn; 0 if there was none. */
  get turn(): number {
    return this.#items.reduce((most, { turn }) => Math.max(most, turn), 0);
  }

  /** Where in the log the last message came; 0 if there was none. */
  get lastMessage(): number {
    return this.#items.reduce((last, { kind, seq }) => (kind === "q" ? Math.max(last, seq) : last), 0);
  }

  /** The message of a turn, which can be answered; undefined if it has none. */
  message(turn: number): string | undefined {
    const item = this.#items.find(({ kind, turn: at }) => kind === "q" && at === turn);
    return item && String(item.data.you ?? "");
  }

  /** Each message that was answered and its answer, as they were written, the newest first: as many as have so many characters. */
  asText(most: number): { you: string; text: string }[] {
    const turns = new Map<number, { you: string; text: string }>();
    for (const { kind, turn, data } of this.#items) {
      const at = turns.get(turn) ?? { you: "", text: "" };
      if (kind === "q") at.you = String(data.you ?? "");
      else if (kind === "a") at.text += String(data.text ?? "");
      turns.set(turn, at);
    }
    let left = most;
    const newest = [...turns].sort(([one], [other]) => other - one).map(([, said]) => said);
    return newest.filter(({ you, text }) => {
      left -= you.length + text.length;
      return left >= 0 && text !== "";
    });
  }

  /** The model that was chosen for the last message; undefined if none was. */
  get model(): string | undefined {
    const model = this.#items.findLast(({ kind }) => kind === "q")?.data.model;
    return typeof model === "string" ? model : undefined;
  }

  /** What was said before a turn. */
  before(turn: number): Transcript {
    const earlier = new Transcript({ values: new Map() });
    earlier.#items = this.#items.filter(({ turn: at }) => at < turn);
    return earlier;
  }

  /** The items of all that came after a turn's message. */
  after(turn: number): ItemName[] {
    return this.#items
      .filter((item) => item.turn > turn || (item.turn === turn && item.kind !== "q"))
      .map(({ name }) => name);
  }

  /** The items of a turn's answer, its note included. */
  answer(turn: number): ItemName[] {
    return this.#items.filter((item) => item.kind !== "q" && item.turn === turn).map(({ name }) => name);
  }

  /** The blocks that are not finished. */
  get open(): { name: ItemName; data: Record<string, Json> }[] {
    return this.#items.filter(({ data }) => data.open === true);
  }

  /** The messages that the model is given to answer a turn. */
  said(turn: number): Said[] {
    const said: { role: Said["role"]; content: string }[] = [];
    for (const { kind, turn: at, data } of this.#items) {
      if (kind === "n" || at > turn || (kind === "a" && at === turn)) continue;
      const content = String((kind === "q" ? data.you : data.text) ?? "");
      if (kind === "a" && content === "") continue; // what it thought, or called
      const role = kind === "q" ? "user" : "assistant";
      const last = said.at(-1);
      // The blocks of an answer are joined as they were cut; messages of a visitor's that were not answered are paragraphs.
      if (last?.role === role) last.content += role === "assistant" ? content : `\n\n${content}`;
      else said.push({ role, content });
    }
    let from = said.length - 1;
    let left = MAX_MEMORY_CHARACTERS - (said[from]?.content.length ?? 0);
    for (; from > 0 && left >= said[from - 1]!.content.length; from--) left -= said[from - 1]!.content.length;
    // Services refuse a conversation that begins with an answer.
    while (said[from]?.role === "assistant") from++;
    return said.slice(Math.max(0, from));
  }
}

function itemOf({ key, seq, json: { value: data } }: Value): Item[] {
  const [, kind, turn] = /^=([qan])(\d{1,9})(?:-\d{1,9})?$/.exec(key) ?? [];
  if (kind === undefined || typeof data !== "object" || data === null || Array.isArray(data)) return [];
  return [{ name: key.slice(1) as ItemName, kind: kind as Item["kind"], turn: Number(turn), seq, data }];
}
