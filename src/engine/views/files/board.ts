import { didYouMean } from "../../core/problem.ts";
import type { Field } from "./yaml-fields.ts";

/** What a card may be given besides its topic. */
export interface CardOptions {
  /** Of its region, as `live()` has them. */
  readonly params?: Record<string, unknown>;
  /** In place of the widget's. */
  readonly title?: string;
  /** Where its title leads; by default to the page of the topic's name, or else to the widget's in the gallery. "" for nowhere. */
  readonly link?: string;
}

/** A card of a board: a topic, alone or with options. */
export type CardPlace = CardOptions & { readonly topic: string };
/** A board's rows, from its top. */
export type BoardRows = readonly (readonly CardPlace[])[];

/** So many stand side by side at a desk: more would be narrower than what is in them. */
const MAX_IN_ROW = 6;
const CARD_KEYS = ["topic", "title", "link", "params"];

/** The `board:` of a page's front matter. */
export const board: Field<BoardRows> = (value, refuse) => {
  if (!Array.isArray(value) || value.length === 0 || !value.every((row) => Array.isArray(row) && row.length > 0)) {
    return refuse("a list of rows, and each row a list of topics, such as [[vitals, price], [feed]]");
  }
  if (value.some((row) => row.length > MAX_IN_ROW)) return refuse(`rows of at most ${MAX_IN_ROW} cards`);
  return value.map((row) => row.map((card: unknown) => cardPlace(card, refuse)));
};

const A_CARD = "a topic, or { topic: updates, title: Friends, params: { friends: true }, link: /friends }";

function cardPlace(card: unknown, refuse: (must: string) => never): CardPlace {
  if (typeof card === "string") return { topic: card };
  const given = (typeof card === "object" ? card : null) ?? {};
  const unknown = Object.keys(given).find((key) => !CARD_KEYS.includes(key));
  if (unknown !== undefined)
    refuse(`rows of cards, of which none has a “${unknown}”.${didYouMean(unknown, CARD_KEYS)} A card is ${A_CARD}`);
  const { topic, title = "", link = "", params = {} } = given as Partial<Record<string, unknown>>;
  const isPlain = [topic, title, link].every((text) => typeof text === "string");
  const hasParams = typeof params === "object" && params !== null && !Array.isArray(params);
  return isPlain && hasParams ? (given as CardPlace) : refuse(`rows of cards, each ${A_CARD}`);
}
