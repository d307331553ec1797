import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { escaped } from "../core/html.ts";
import type { Problem } from "../core/problem.ts";
import { number } from "../format/numbers.ts";

/** A text, or one for each of a language's plurals. */
export type Wording = string | Readonly<Record<string, string>>;
/** Wordings by their names; null where English has none of its own. */
export type Wordings = Readonly<Record<string, Wording | null>>;
/** What is filled into a text. */
type Values = Readonly<Record<string, string | number>>;

const PLACE = /\{(\w+)\}/g;
const LINK = /\[(.+?)\]/;

/** What pages say of themselves, and no template of their author's, in one language. */
export class Words {
  readonly lang: string;
  readonly dir: "ltr" | "rtl" | undefined;
  /** What tells these from English, which is "": with other words all that is rendered is another. */
  readonly version: string;
  readonly #texts: Wordings;
  /** As HTML, those without values: each heartbeat, and each stream that begins, says some. */
  readonly #made = new Map<string, string>();
  /** Made at the first use: making it takes a hundred times as long as using it. */
  #plurals: Intl.PluralRules | undefined;

  /**
   * @param others in place of the English ones
   * @param ofFeatures what features say besides, in English
   */
  constructor(others: Wordings = {}, ofFeatures: Wordings = {}) {
    const { lang = "en", dir, ...texts } = others;
    this.#texts = { ...ENGLISH_WORDINGS, ...ofFeatures, ...texts };
    this.lang = String(lang);
    this.dir = dir as Words["dir"];
    this.version = Object.keys(others).length === 0 ? "" : JSON.stringify(others);
  }

  /** The language for numbers and times; undefined for what is usual in English. */
  get numberLang(): string | undefined {
    return this.lang === "en" ? undefined : this.lang;
  }

  /** What all of them are called. */
  get names(): string[] {
    return Object.keys(this.#texts);
  }

  /** Whether there is a text of this name. */
  has(name: string): boolean {
    return Object.hasOwn(this.#texts, name) && this.#texts[name] !== null;
  }

  /** A text as it is, with these values in it. */
  of(name: string, values: Values = {}): string {
    return this.#filled(this.#text(name, values), values);
  }

  /**
   * A text as HTML.
   * @param values as HTML
   * @param link the attributes of the link in it
   */
  html(name: string, values?: Values, link?: string): string {
    if (values !== undefined || link !== undefined) return this.#html(name, values, link);
    const made = this.#made.get(name) ?? this.#html(name);
    this.#made.set(name, made);
    return made;
  }

  #html(name: string, values: Values = {}, link = 'href=""'): string {
    const linked = escaped(this.#text(name, values)).replace(LINK, (_, words: string) => `<a ${link}>${words}</a>`);
    return this.#filled(linked, values);
  }

  /** Why something was refused, for a visitor. */
  why({ code, message }: Pick<Problem, "code" | "message">): string {
    const text = this.#texts[`why_${code}`];
    return typeof text === "string" ? text : message;
  }

  #text(name: string, { count }: Values): string {
    const text = this.#texts[name];
    if (text === undefined || text === null) throw new Error(`there is no word “${name}” in en.yaml`);
    if (typeof text === "string") return text;
    this.#plurals ??= new Intl.PluralRules(this.lang);
    return text[this.#plurals.select(Number(count))] ?? text.other!;
  }

  #filled(text: string, values: Values): string {
    return text.replace(PLACE, (_, name: string) => {
      const value = values[name] ?? "";
      return typeof value === "number" ? number(value, { lang: this.lang }) : value;
    });
  }
}

/** The names in { } of a text, in order. */
export function placeholdersIn(text: string): string[] {
  return [...new Set([...text.matchAll(PLACE)].map(([, name]) => name!))].sort();
}

/** Whether a part of a text is a link. */
export const hasLink = (text: string) => LINK.test(text);

/** The file of English words in a folder: the engine’s, or a feature’s. */
export const EN_FILE = "en.yaml";

/** What is said in English, as the file in a folder has it. */
export function wordingsIn(dir: string): Wordings {
  const { lang: _, dir: __, ...english } = parse(readFileSync(join(dir, EN_FILE), "utf8")) as Wordings;
  return english;
}

/** All that the engine says, in English. */
export const ENGLISH_WORDINGS: Wordings = wordingsIn(import.meta.dirname);
export const ENGLISH = new Words();
