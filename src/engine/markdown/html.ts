import type { MayShow } from "../core/media.ts";
import { escapeText } from "./escape.ts";
import { highlight } from "./highlight.ts";
import { inline } from "./inline.ts";
import type { Block, Code, List, ListEntry, Table, Text } from "./tree.ts";

/** On elements that may be wider than the page and scroll by themselves, so that they can be scrolled by keyboard. */
const SCROLLS = 'tabindex="0"';

/**
 * Blocks as HTML. Of a block that an earlier text has begun, only what this text adds.
 * @param shows the addresses whose pictures are shown; of all others there is a link
 */
export function blocksToHtml(blocks: readonly Block[], shows?: MayShow): string {
  let all = "";
  for (const block of blocks) all = below(all, htmlOf(block, shows));
  return all;
}

function below(above: string, part: string): string {
  if (above === "" || part === "") return above + part;
  return `${above}\n${part}`;
}

function htmlOf(block: Block, shows: MayShow | undefined): string {
  switch (block.kind) {
    case "text":
      return text(block, shows);
    case "code":
      return code(block);
    case "table":
      return table(block, shows);
    case "rule":
      return "<hr>";
    case "quote": {
      const inner = blocksToHtml(block.children, shows);
      return inner === "" && block.on ? "" : `<blockquote${on(block)}>\n${inner}\n</blockquote>`;
    }
    case "list":
      return list(block, shows);
  }
}

function on(node: { readonly on?: true }, also?: string): string {
  if (node.on === undefined) return also === undefined ? "" : ` class="${also}"`;
  return ` class="${also === undefined ? "on" : `${also} on`}"`;
}

function text(node: Text, shows: MayShow | undefined): string {
  const words = wordsOf(node, shows);
  if (words === "" && (node.on || node.level === 0)) return "";
  // The page itself uses the first two levels.
  const tag = node.level === 0 ? "p" : `h${Math.min(6, node.level + 2)}`;
  return `<${tag}${on(node)}>${words}</${tag}>`;
}

function wordsOf({ level, isUnderlined, runs }: Text, shows: MayShow | undefined): string {
  let words = "";
  for (const run of runs) words += inline(level === 0 || isUnderlined ? run : titled(run), shows).html;
  return words;
}

/** The words of a heading, without the marks that it may end with. */
function titled(run: string): string {
  const words = run.trimEnd();
  let end = words.length;
  while (words[end - 1] === "#") end--;
  if (end === words.length) return words;
  return end === 0 || /[ \t]/.test(words[end - 1]!) ? words.slice(0, end).trimEnd() : words;
}

function code(node: Code): string {
  const { fence, language } = node;
  // Empty lines at the end of indented code do not belong to it.
  const content = fence === "" ? withoutLastEmpty(node.text) : node.text;
  if (content === "" && node.on) return "";
  const label = language === "" ? "" : ` data-language="${escapeText(language)}"`;
  return `<pre${on(node, "code")}${label} ${SCROLLS}><code>${highlight(content, language, node.from).html}</code></pre>`;
}

function withoutLastEmpty(text: string): string {
  let end = text.length;
  while (/[ \t\n]/.test(text[end - 1] ?? "")) end--;
  const newline = text.indexOf("\n", end);
  return end === 0 ? "" : newline < 0 ? text : text.slice(0, newline + 1);
}

function table(node: Table, shows: MayShow | undefined): string {
  const { align, head, rows } = node;
  if (node.on && rows.length === 0) return "";
  const top = node.on ? "" : `<thead>\n${row("th", align, head, shows)}\n</thead>\n`;
  const body =
    rows.length === 0 ? "" : `<tbody>\n${rows.map((cells) => row("td", align, cells, shows)).join("\n")}\n</tbody>\n`;
  return `<div${on(node, "table")} ${SCROLLS}><table>\n${top}${body}</table></div>`;
}

function row(tag: string, align: string, cells: readonly string[], shows: MayShow | undefined): string {
  let all = "";
  for (let i = 0; i < align.length; i++) {
    const side = align[i] === "r" ? ' class="right"' : align[i] === "c" ? ' class="center"' : "";
    all += `<${tag}${side}>${cells[i] === undefined ? "" : inline(cells[i]!, shows).html}</${tag}>\n`;
  }
  return `<tr>\n${all}</tr>`;
}

function list(node: List, shows: MayShow | undefined): string {
  const { marker, loose, children } = node;
  const tag = marker === "." || marker === ")" ? "ol" : "ul";
  let number = node.number;
  let items = "";
  for (const child of children) {
    const shown = item(child, loose, shows);
    if (shown === "") number++;
    else items += `${shown}\n`;
  }
  const start = tag === "ol" && number !== 1 ? ` start="${number}"` : "";
  return items === "" ? "" : `<${tag}${start}${on(node)}>\n${items}</${tag}>`;
}

const TASK = /^\[([ xX])\][ \t]+(?=\S)/;

/** @returns "" for an item to which this text adds nothing */
function item(node: ListEntry, loose: boolean, shows: MayShow | undefined): string {
  const [first] = node.children;
  const task = first?.kind === "text" && first.level === 0 && !node.on ? TASK.exec(first.runs[0]!) : null;
  const box =
    task === null ? "" : `<input type="checkbox" aria-label="✓" disabled${task[1] === " " ? "" : " checked"}> `;
  let all = "";
  let ends = false;
  for (const child of node.children) {
    const isText = child.kind === "text" && child.level === 0;
    const words = isText
      ? (child === first ? box : "") + wordsOf(child === first ? withoutBox(child, task) : child, shows)
      : "";
    const part = !isText ? htmlOf(child, shows) : loose && words !== "" ? `<p${on(child)}>${words}</p>` : words;
    if (part === "") continue;
    const begins = !isText || loose;
    all = all === "" ? (begins ? "\n" : "") + part : `${all}\n${part}`;
    ends = begins;
  }
  if (all === "" && node.on) return "";
  return `<li${on(node, task === null ? undefined : "task")}>${all}${ends ? "\n" : ""}</li>`;
}

function withoutBox(node: Text, task: RegExpExecArray | null): Text {
  return task === null ? node : { ...node, runs: [node.runs[0]!.slice(task[0].length), ...node.runs.slice(1)] };
}
