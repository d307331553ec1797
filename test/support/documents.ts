import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./folders.ts";

const DOCS = "src/docs/pages";

/** What people read, by its path: README, and all documents. */
export const DOCUMENTS: ReadonlyMap<string, string> = new Map(
  ["README.md", ...readdirSync(join(ROOT, DOCS)).map((file) => `${DOCS}/${file}`)].map((path) => [
    path,
    readFileSync(join(ROOT, path), "utf8"),
  ]),
);
const all = [...DOCUMENTS.values()];

export interface Block {
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of some Markdown. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }));
}

/** The one block in this language, and with this beginning, that people copy, so that the tests run the same. */
export function written(language: string, beginning = ""): string {
  const isMeant = (block: Block) => block.language === language && block.text.startsWith(beginning);
  const texts = all.flatMap(blocksOf).flatMap((block) => (isMeant(block) ? block.text : []));
  const [text, ...others] = new Set(texts);
  if (text === undefined || others.length > 0)
    throw new Error(`the documents have ${texts.length} blocks of ${language}, and not one`);
  return text;
}

/** What stands below a heading, up to the next one that is not below it. The title of a document is one, too. */
export function section(heading: string): string {
  for (const text of all) {
    let level = 0;
    let isCode = false;
    const lines = text.split("\n").filter((line) => {
      if (line.startsWith("```")) isCode = !isCode;
      const [, marks, title] = (!isCode && /^(#+) (.*)$/.exec(line)) || []; // in a block of commands such a line is a comment
      if (title === heading && level === 0) level = marks!.length;
      else if (marks !== undefined && marks.length <= level) level = -1;
      return level > 0;
    });
    if (lines.length > 0) return `${lines.join("\n")}\n`;
  }
  throw new Error(`no document has the heading ${heading}`);
}

/** The blocks of shell commands below this heading. */
export function commandsBelow(heading: string): string[] {
  return blocksOf(section(heading)).flatMap(({ language, text }) => (language === "sh" ? text : []));
}

export interface WrittenFile {
  readonly path: string;
  readonly text: string;
}

/** The blocks that are a file of an author's, in order: their first comment says which. The same file twice is one. */
export function filesIn(text: string): WrittenFile[] {
  const files = blocksOf(text).flatMap(({ language, text }) => {
    if (language !== "ts" && language !== "eta") return [];
    const path = /^(?:\/\/ |<%\/\* )((?:src|views|test)\/[^\s;,]+)/m.exec(text)?.[1];
    return path === undefined ? [] : [{ path, text }];
  });
  return files.filter(({ path, text }, i) => files.findIndex((one) => one.path === path && one.text === text) === i);
}

/** The document whose commands and files go together, from an empty folder on. */
export const TUTORIAL = DOCUMENTS.get(`${DOCS}/tutorial.md`)!;

/** All that the other documents have an author write. */
export const files: readonly WrittenFile[] = filesIn(all.filter((text) => text !== TUTORIAL).join("\n"));
