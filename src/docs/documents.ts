import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import MarkdownIt, { type Token } from "markdown-it";
import { BEGINNING, highlight } from "../engine/markdown/highlight.ts";

/** Those that belong together, in the order in which they are read. */
const CHAPTERS = {
  "Write pages": ["tutorial", "widgets", "pages", "charts", "actions", "sources", "testing"],
  "Let others in": ["visitors", "wire", "chat"],
  "Run it": ["commands", "deploying", "nodes", "operating", "upgrade"],
  "Look up": ["limits", "reference"],
};

export interface Chapter {
  readonly title: string;
  readonly documents: readonly Document[];
}

/** One document. It is Markdown, so that it reads well where the code is looked at, too. */
export interface Document {
  /** The file's, without its extension: its address below the documents' path. */
  readonly name: string;
  readonly title: string;
  /** Its first paragraph, without marks. */
  readonly description: string;
  /** Of its sections. */
  readonly headings: readonly Heading[];
  /** The template of its page. */
  readonly html: string;
}

export interface Heading {
  readonly id: string;
  readonly title: string;
}

/** @throws Error for a document that no chapter has, or that is missing */
export function readDocuments(dir: string): readonly Chapter[] {
  const there = readdirSync(dir).map((file) => file.replace(/\.md$/, ""));
  const listed = Object.values(CHAPTERS).flat();
  const stray = there.find((name) => !listed.includes(name));
  if (stray !== undefined) throw new Error(`documents.ts says nowhere in which chapter ${stray}.md is.`);
  const read = (name: string) => documentOf(name, readFileSync(join(dir, `${name}.md`), "utf8"));
  return Object.entries(CHAPTERS).map(([title, names]) => ({ title, documents: names.map(read) }));
}

const markdown = new MarkdownIt({ html: true }); // what is written here is ours

/** A comment by which a document shows what it speaks of: `<!-- live: price -->` shows the snippet of that name. */
const LIVE = /^<!-- live: ([a-z-]+) -->\s*$/;

/** @param text Markdown, which begins with its title and a paragraph of what it is about */
function documentOf(name: string, text: string): Document {
  const tokens = markdown.parse(text, {});
  const headings: (Heading & { level: string })[] = [];
  const ids = new Map<string, number>();
  for (const [i, token] of tokens.entries()) {
    if (token.type === "heading_open") {
      const title = wordsOf(tokens[i + 1]!);
      const id = anchor(title, ids);
      token.attrSet("id", id);
      headings.push({ id, title, level: token.tag });
    } else if (token.type === "html_block") {
      const live = LIVE.exec(token.content)?.[1];
      if (live === undefined) throw new Error(`${name}.md: the only HTML of a document is a comment <!-- live: … -->.`);
      token.content = `<%~ include("snippets/${live}") %>\n`;
    }
  }
  withoutEmptyHeads(tokens);
  withHeadsInCells(tokens);
  const paragraph = tokens.findIndex(({ type }) => type === "paragraph_open");
  tokens[paragraph]!.attrSet("class", "lead");
  return {
    name,
    title: headings[0]!.title,
    description: wordsOf(tokens[paragraph + 1]!),
    headings: headings.filter(({ level }) => level === "h2"),
    html: markdown.renderer.render(tokens, markdown.options, {}),
  };
}

/** GitHub asks for a head above each table; here one without words is left out, and a cell of it without words is no heading. */
function withoutEmptyHeads(tokens: Token[]): void {
  for (let i = tokens.length - 1; i >= 0; i--) {
    if (tokens[i]!.type !== "thead_open") continue;
    const end = tokens.findIndex(({ type }, at) => at > i && type === "thead_close");
    const head = tokens.slice(i, end);
    const isEmpty = ({ type, content }: Token) => type !== "inline" || content === "";
    if (head.every(isEmpty)) tokens.splice(i, end - i + 1);
    for (const [at, { type }] of head.entries())
      if (type === "th_open" && head[at + 1]!.content === "") head[at]!.tag = head[at + 2]!.tag = "td";
  }
}

/** Of a wide table each cell knows what heads its column: on a phone, where cells are below each other, it is said in the cell. */
function withHeadsInCells(tokens: Token[]): void {
  let heads: string[] = [];
  let column = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.type === "table_open") heads = [];
    else if (token.type === "tr_open") column = 0;
    else if (token.type === "th_open") heads.push(tokens[i + 1]!.content);
    else if (token.type === "td_open") {
      const head = column === 0 || heads.length < 3 || tokens[i + 1]!.content === "" ? "" : (heads[column] ?? "");
      if (head !== "") token.attrSet("data-head", head);
      column++;
    }
  }
}

/** What a heading, or a paragraph, says. */
function wordsOf(inline: Token): string {
  return (inline.children ?? []).map(({ type, content }) => (type === "softbreak" ? " " : content)).join("");
}

/** What GitHub calls it, so that a link to it leads there in both places. */
function anchor(title: string, ids: Map<string, number>): string {
  const id = title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
  const count = ids.get(id) ?? 0;
  ids.set(id, count + 1);
  return count === 0 ? id : `${id}-${count}`;
}

const { rules } = markdown.renderer;

rules.link_open = (tokens, i, options, _env, self) => {
  // Beside each other there, and below one path here.
  const href = String(tokens[i]!.attrGet("href")).replace(/^([a-z]+)\.md(?=#|$)/, "/docs/$1");
  tokens[i]!.attrSet("href", href);
  return self.renderToken(tokens, i, options);
};

rules.fence = (tokens, i) => {
  const { content, info } = tokens[i]!;
  return `<pre class="code" tabindex="0"><code>${highlight(content, info, BEGINNING).html}</code></pre>\n`;
};

// A table that is wider than the page is scrolled by itself.
rules.table_open = () => '<div class="table" tabindex="0"><table>\n';
rules.table_close = () => "</table></div>\n";
