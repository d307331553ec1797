import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DefaultTreeAdapterTypes, parse as parseHtml } from "parse5";
import { parse, stringify } from "yaml";
import { attribute, type HtmlElement } from "../../src/engine/views/forms/form-fields.ts";
import { ROOT } from "./folders.ts";

/** All words, in German. */
export const GERMAN: Record<string, string> = parse(readFileSync(join(ROOT, "test/fixtures/words.de.yaml"), "utf8"));

/** A words.yaml with all of them, each between marks, so that it shows what a page says without one. */
export function markedGerman(): string {
  const marked = Object.entries(GERMAN).map(([name, text]) => [name, /^(?:lang|dir)$/.test(name) ? text : `⟦${text}⟧`]);
  return stringify(Object.fromEntries(marked), { lineWidth: 0 });
}

/** All code below a folder, templates included. */
export function codeIn(dir: string): string {
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((file) => /\.(?:ts|eta)$/.test(file));
  return files.map((file) => readFileSync(join(dir, file), "utf8")).join("\n");
}

/** The names of words that code says, and front matter. */
export const namesIn = (code: string): string[] =>
  [...code.matchAll(/\bwords(?:\(\))?\.(?:of|html)\(\s*"(\w+)"|^\w+: words\.(\w+)$/gm)].map(
    ([, called, named]) => (called ?? named)!,
  );

/** Whether code names a word: by all of its name, or by what is put after its prefix, as a status, or how a turn stands. */
export function isNamed(name: string, code: string): boolean {
  const names = [name, name.replace(/^(?:why|error|gallery|chat)_/, "")];
  return names.some((one) => new RegExp(`[" ](?:${one})[",\\]]|^\\w+: words\\.${one}$`, "m").test(code));
}

const TOLD = ["aria-label", "aria-valuetext", "title", "placeholder", "alt"];

/**
 * What a page says without a word of these, piece by piece: code and numbers are nobody's language.
 * @param isOwn whether an element is its author's, with all that is in it
 */
export function unsaid(html: string, isOwn: (element: HtmlElement) => boolean = () => false): string[] {
  const pieces = [...piecesOf(parseHtml(html, { scriptingEnabled: false }), isOwn)];
  let text = pieces.join("\n");
  // A word may stand in another one.
  for (let before = ""; before !== text; ) {
    before = text;
    text = text.replace(/⟦[^⟦⟧]*⟧/g, "");
  }
  const left = text.split("\n").map((piece) => piece.trim());
  return [...new Set(left.filter((piece) => /\p{L}/u.test(piece)))];
}

function* piecesOf(
  node: DefaultTreeAdapterTypes.ParentNode,
  isOwn: (element: HtmlElement) => boolean,
): Generator<string> {
  for (const child of node.childNodes) {
    if ("value" in child) yield child.value;
    if (!("tagName" in child) || /^(?:head|script|code|pre|time)$/.test(child.tagName) || isOwn(child)) continue;
    for (const name of TOLD) yield attribute(child, name) ?? "";
    yield* piecesOf(child, isOwn);
  }
}
