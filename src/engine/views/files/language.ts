import type { Field } from "./yaml-fields.ts";

const SUCH = "the code of a language, such as en, de or pt-BR";

/** A language by its code (BCP 47). What else is written there, a browser would ignore without a word. */
export const language: Field<string> = (value, refuse) => {
  if (typeof value !== "string") return refuse(SUCH);
  const code = codeOf(value);
  if (code !== undefined) return code;
  const meant = codeOf(value.replaceAll("_", "-")) ?? codeByName(value);
  return refuse(meant === undefined ? SUCH : `${SUCH}; here perhaps ${meant}`);
};

function codeOf(tag: string): string | undefined {
  try {
    // A first part of five letters and more is well formed, and no language has it: none was ever registered.
    return Intl.getCanonicalLocales(tag).find((code) => !/^[a-z]{5}/i.test(code));
  } catch {
    return undefined;
  }
}

/** The code of a language that is called so in English, or in itself. It is a guess: a machine may know fewer names. */
function codeByName(name: string): string | undefined {
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  return codes.find((code) => ["en", code].some((lang) => nameOf(code, lang) === name.trim().toLowerCase()));
}

const nameOf = (code: string, lang: string) =>
  new Intl.DisplayNames(lang, { type: "language", fallback: "none" }).of(code)?.toLowerCase();
