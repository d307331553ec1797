import { type Node, type ParseError, parseTree } from "jsonc-parser";
import { AuthorError } from "../../core/author-error.ts";
import type { Json } from "../../core/json.ts";
import { lineAt } from "./template-parts.ts";

/** A file of JSON that an author writes: an object, whose members are known by name and line. */
export interface JsonFile {
  readonly members: ReadonlyMap<string, { readonly value: Json; readonly line: number }>;
  /** What is wrong with one of them, or with all of it. */
  readonly fail: (reason: string, member?: string) => AuthorError;
}

/**
 * @param what the object is: “samples by name”
 * @throws AuthorError with the line, and the column where it is no JSON
 */
export function readJsonFile(file: string, given: string, what: string): JsonFile {
  const text = given.replace(/^\uFEFF/, "");
  const at = (offset: number, reason: string) => new AuthorError(reason, { file, text, line: lineAt(text, offset) });
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true });
  const [first] = errors;
  if (first !== undefined) {
    const column = first.offset - text.lastIndexOf("\n", first.offset - 1);
    throw at(first.offset, `not JSON at column ${column}: ${mistakeAt(first, text)}.`);
  }
  if (root?.type !== "object") throw at(0, `this must be an object of ${what}.`);
  const value: { [name: string]: Json } = JSON.parse(text);
  const places = new Map<string, number>();
  for (const { offset, children } of root.children as Node[]) {
    const name: string = children![0]!.value;
    if (places.has(name)) throw at(offset, `“${name}” is there twice. Give one of them another name.`);
    places.set(name, offset);
  }
  const members = Object.entries(value).map(
    ([name, value]) => [name, { value, line: lineAt(text, places.get(name)!) }] as const,
  );
  return { members: new Map(members), fail: (reason, member = "") => at(places.get(member) ?? 0, reason) };
}

/** What the parser expects by its codes, in words. */
const EXPECTED: Readonly<Record<number, string>> = {
  1: 'texts and names stand in double quotes, such as "Tea", and else there are only numbers, true, false and null',
  3: 'a name in double quotes is missing here, such as "data"',
  4: "a value is missing here",
  5: "a : is missing here",
  6: "a , is missing before this",
  7: "a } is missing here",
  8: "a ] is missing here",
  9: "there is more here than one object",
  10: "JSON has no comments",
  12: 'the text that begins here has no " at its end',
};

function mistakeAt({ error, offset }: ParseError, text: string): string {
  const isAfterLast =
    (error === 3 || error === 4) && /,\s*$/.test(text.slice(0, offset)) && /^[}\]]/.test(text.slice(offset));
  return isAfterLast ? "the comma before this is one too many" : (EXPECTED[error] ?? "this is nothing that JSON has");
}
