interface Formats {
  NumberFormat: { made: Intl.NumberFormat; options: Intl.NumberFormatOptions };
  DateTimeFormat: { made: Intl.DateTimeFormat; options: Intl.DateTimeFormatOptions };
  RelativeTimeFormat: { made: Intl.RelativeTimeFormat; options: Intl.RelativeTimeFormatOptions };
}

/** Making one takes a hundred times as long as using it. Few are in use at once; with more, the oldest is made anew. */
const MAX_KEPT = 200;
const kept = new Map<string, unknown>();

/**
 * What writes numbers or times in a language.
 * @param helper the template's helper that asks, for errors: `format.number`
 * @throws TypeError that says what is wrong with an option, or with the language
 */
export function intl<Kind extends keyof Formats>(
  helper: string,
  kind: Kind,
  lang: string,
  options: Formats[Kind]["options"],
): Formats[Kind]["made"] {
  const key = `${kind} ${lang} ${JSON.stringify(options)}`;
  let made = kept.get(key) as Formats[Kind]["made"] | undefined;
  if (made !== undefined) return made;
  try {
    const Made = Intl[kind] as unknown as new (lang: string, options: object) => Formats[Kind]["made"];
    made = new Made(lang, options);
  } catch (error) {
    throw new TypeError(`${helper}(): ${error instanceof Error ? error.message : error}`);
  }
  if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!);
  kept.set(key, made);
  return made;
}

/** From here on a number is written as 1E15, as it would be dozens of digits. */
export const LARGE = 1e15;
const LARGE_DIGITS = 7;

/** A number in a language, and 0 never as -0. @throws TypeError as {@link intl} does */
export function numberText(helper: string, value: number, lang: string, options: Intl.NumberFormatOptions): string {
  const { maximumFractionDigits: _, minimumFractionDigits: __, ...rest } = options;
  const large = { ...rest, notation: "scientific", maximumSignificantDigits: LARGE_DIGITS } as const;
  const chosen = Math.abs(value) < LARGE ? options : large;
  return intl(helper, "NumberFormat", lang, { ...chosen, signDisplay: "negative" }).format(value);
}
