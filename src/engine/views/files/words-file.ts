import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { didYouMean } from "../../core/problem.ts";
import { ENGLISH_WORDINGS, hasLink, placeholdersIn, type Wording, type Wordings, Words } from "../../words/words.ts";
import { direction } from "./front-matter.ts";
import { language } from "./language.ts";
import { shown } from "./view-files.ts";
import { type Field, readYaml } from "./yaml-fields.ts";

/** Beside the layout: what the site's pages say of themselves, in their author's words. */
const FILE = "words.yaml";

/**
 * The words of a folder of templates; English where it has none of its own.
 * @param ofFeatures what features say besides, in English
 * @throws AuthorError
 */
export function readWords(dir: string, ofFeatures: Wordings = {}): Words {
  const path = join(dir, FILE);
  if (!existsSync(path)) return new Words({}, ofFeatures);
  const fields = fieldsOf({ ...ENGLISH_WORDINGS, ...ofFeatures });
  const text = readFileSync(path, "utf8").replace(/\r\n?/g, "\n");
  const source = { file: posix.join(shown(dir), FILE), text, yaml: text, linesAbove: 0, what: "file of words" };
  const unknown = (name: string) =>
    `there is no word “${name}”.${didYouMean(name, Object.keys(fields)) || " The reference has all that there are."}`;
  const { lang = "en", dir: way, ...texts }: Partial<Wordings> = readYaml(source, fields, unknown) as Partial<Wordings>;
  const written = Object.entries(texts).filter(([, text]) => text !== null);
  return new Words({ lang, ...(way && { dir: way }), ...Object.fromEntries(written) } as Wordings, ofFeatures);
}

function fieldsOf(english: Wordings): Record<string, Field<unknown>> {
  const texts = Object.entries(english).map(([name, text]) => [name, textLike(text)]);
  return { lang: language, dir: direction, ...Object.fromEntries(texts) };
}

/** A text with the same places and the same link as the English one; left empty, it is said in English. */
function textLike(english: Wording | null): Field<Wording | null> {
  const wanted = typeof english === "string" ? placeholdersIn(english) : [];
  const isLink = typeof english === "string" && hasLink(english);
  const check = (text: unknown, refuse: (must: string) => never, places: readonly string[]): string => {
    if (typeof text !== "string" || text.trim() === "") return refuse("a text");
    const given = placeholdersIn(text);
    const missing = places.find((place) => !given.includes(place));
    if (missing !== undefined) return refuse(`a text with {${missing}} in it, in whose place stands what is meant`);
    const extra = given.find((place) => !wanted.includes(place));
    if (extra !== undefined) {
      const has = wanted.length === 0 ? "It has none." : `It has ${wanted.map((place) => `{${place}}`).join(", ")}.`;
      return refuse(`a text without {${extra}}.${didYouMean(extra, wanted) || ` ${has}`}`.replace(/\.$/, ""));
    }
    if (isLink && !hasLink(text)) return refuse("a text with [ ] around the words of it that are a link");
    return text.trim();
  };
  return (text, refuse) => {
    if (text === null || text === undefined) return null;
    if (!wanted.includes("count") || typeof text !== "object") return check(text, refuse, wanted);
    const plurals = Object.entries(text).map(([name, one]) => {
      if (!PLURALS.includes(name)) refuse(`a text, or one for each of ${PLURALS.join(", ")}`);
      // “one value” says how many there are without a number.
      const places = /^(?:zero|one|two)$/.test(name) ? wanted.filter((place) => place !== "count") : wanted;
      return [name, check(one, refuse, places)];
    });
    if (!plurals.some(([name]) => name === "other")) refuse("a text for “other”, besides those for some numbers");
    return Object.fromEntries(plurals);
  };
}

const PLURALS = ["zero", "one", "two", "few", "many", "other"];
