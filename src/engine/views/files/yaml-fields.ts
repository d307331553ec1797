import { isMap, LineCounter, parseDocument } from "yaml";
import { AuthorError } from "../../core/author-error.ts";

/** Checks the value of a key. Returns the value as the program uses it, or calls `refuse` with what it must be. */
export type Field<T> = (value: unknown, refuse: (must: string) => never) => T;
export type YamlFields = Record<string, Field<unknown>>;
export type Matter<F extends YamlFields> = { [K in keyof F]?: ReturnType<F[K]> };

export interface YamlSource {
  /** As its author knows it. */
  readonly file: string;
  /** The whole file. */
  readonly text: string;
  /** What is read of it. */
  readonly yaml: string;
  /** How many lines of the file stand above that. */
  readonly linesAbove: number;
  /** What it is called: “front matter”. */
  readonly what: string;
}

/** In the place of words about nested mappings. */
const QUOTED = 'a text with a colon and a space in it stands in quotes, as in title: "Tea: hot"';

/**
 * What an author writes as keys with values.
 * @param unknown a sentence about a key that there is not
 * @throws AuthorError with the line of what is wrong
 */
export function readYaml<F extends YamlFields>(
  { file, text, yaml, linesAbove, what }: YamlSource,
  fields: F,
  unknown: (name: string) => string,
): Matter<F> {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false });
  const fail = (offset: number, message: string): never => {
    throw new AuthorError(message, { file, text, line: lines.linePos(offset).line + linesAbove });
  };
  const [error] = document.errors;
  if (error) {
    const isColon = error.code === "BLOCK_AS_IMPLICIT_KEY";
    fail(error.pos[0], `the ${what} is not YAML: ${isColon ? QUOTED : error.message}`);
  }
  const { contents } = document;
  if (contents === null) return {};
  if (!isMap(contents)) return fail(0, `${what} is written as “key: value”, one a line`);
  const matter: Record<string, unknown> = {};
  for (const { key, value } of contents.items) {
    const name = String(key);
    const offset = (key as { range?: [number, number, number] }).range?.[0] ?? 0;
    const field = Object.hasOwn(fields, name) ? fields[name]! : fail(offset, unknown(name));
    let plain: unknown;
    try {
      plain = (value as { toJS?: (document: unknown) => unknown } | null)?.toJS?.(document);
    } catch (error) {
      fail(offset, `the ${what} is not YAML: ${(error as Error).message}`); // an *alias of nothing, or one in another in another
    }
    matter[name] = field(plain, (must) => fail(offset, `“${name}” must be ${must}.`));
  }
  return matter as Matter<F>;
}
