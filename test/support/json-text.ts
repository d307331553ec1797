import fc from "fast-check";

const INFINITE = "json_invalid";
const DUPLICATE = "json_duplicate_key";

export interface SomeJson {
  readonly text: string;
  /** Why it may not be published: a number that no double holds, a key twice in one object; none where it may. */
  readonly refused: readonly string[];
}

const space = fc.constantFrom("", "", "", " ", "\n", "\t\r\n");
const key = fc.constantFrom("a", "b", "price", "é", "\\u0061", 'q\\"\\\\', "");
const digits = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: least, maxLength: most });
const number = fc
  .tuple(
    fc.constantFrom("", "", "-"),
    fc.oneof(
      fc.constant("0"),
      fc.tuple(fc.constantFrom(..."123456789"), digits(0, 30)).map((parts) => parts.join("")),
    ),
    fc.oneof(
      fc.constant(""),
      digits(1, 20).map((text) => `.${text}`),
    ),
    fc.oneof(
      { weight: 4, arbitrary: fc.constant("") },
      fc.tuple(fc.constantFrom("e", "E", "e+", "e-"), digits(1, 3)).map((parts) => parts.join("")),
      fc.constant("e400"),
    ),
  )
  .map((parts) => parts.join(""))
  .map((text): SomeJson => ({ text, refused: Number.isFinite(Number(text)) ? [] : [INFINITE] }));
const text = fc.string({ unit: "binary" }).map((value): SomeJson => ({ text: JSON.stringify(value), refused: [] }));
const word = fc
  .constantFrom("true", "false", "null", '"\\ud83d"', '"\\/"', '"<b>&amp;"')
  .map((text) => ({ text, refused: [] }));

/** JSON as programs of all kinds write it: any white space, any number, keys that may come twice. */
export const jsonText: fc.Arbitrary<SomeJson> = fc.letrec<{ any: SomeJson; list: SomeJson; object: SomeJson }>(
  (tie) => ({
    any: fc
      .tuple(
        space,
        fc.oneof({ maxDepth: 4, withCrossShrink: true }, number, text, word, tie("list"), tie("object")),
        space,
      )
      .map(([before, { text, refused }, after]) => ({ text: before + text + after, refused })),
    list: fc.array(tie("any"), { maxLength: 4 }).map((parts) => ({
      text: `[${parts.map(({ text }) => text).join()}]`,
      refused: parts.flatMap(({ refused }) => refused),
    })),
    object: fc.array(fc.tuple(space, key, space, tie("any")), { maxLength: 4 }).map((pairs) => {
      const names = pairs.map(([, name]) => JSON.parse(`"${name}"`));
      const twice = new Set(names).size < names.length;
      const body = pairs.map(([before, name, after, { text }]) => `${before}"${name}"${after}:${text}`).join();
      const within = pairs.flatMap(([, , , { refused }]) => refused);
      return { text: `{${body}}`, refused: twice ? [DUPLICATE, ...within] : within };
    }),
  }),
).any;

/** JSON without white space between its parts, by another way than the server's. */
export function minified(text: string): string {
  return (text.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? []).join("");
}
