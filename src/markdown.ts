import MarkdownIt from "markdown-it";

/** What a link may lead to; anything else stays text. A path of our own is none: whoever wrote the text does not know it. */
const LINK = /^(?:https?:\/\/|mailto:)/i;

/**
 * Markdown as everybody's text may be written: CommonMark with tables and strikethrough, without HTML and without links that
 * are defined elsewhere, since those would change what is already shown. Shared with whoever has to know where a block ends.
 */
export const parser = new MarkdownIt({ html: false }).disable("reference");
parser.validateLink = (url) => LINK.test(url);

/** What has more columns is no table: a few short lines below a broad head would become a hundred thousand cells. */
const MOST_COLUMNS = 20;

parser.block.ruler.before(
  "table",
  "broad",
  (state, start, end, silent) => {
    if (start + 1 >= end) return false;
    const rule = state.getLines(start + 1, start + 2, state.blkIndent, false);
    if (!/^[ \t|:-]+$/.test(rule) || rule.split("|").length < MOST_COLUMNS + 3) return false;
    if (silent) return true;
    const head = state.getLines(start, start + 2, state.blkIndent, false);
    state.line = start + 2;
    state.push("paragraph_open", "p", 1).map = [start, state.line];
    const inline = state.push("inline", "", 0);
    inline.content = head.trim();
    inline.map = [start, state.line];
    inline.children = [];
    state.push("paragraph_close", "p", -1);
    return true;
  },
  { alt: ["paragraph", "reference"] },
);

const { rules } = parser.renderer;
const { escapeHtml } = parser.utils;

/** Around what may be wider than the page, so that it scrolls inside itself, by keyboard, too. */
const SCROLLS = 'tabindex="0"';

parser.core.ruler.push("tame", ({ tokens }) => {
  for (const token of tokens) {
    // A page has its own first two levels.
    if (/^heading_/.test(token.type)) token.tag = `h${Math.min(6, Number(token.tag[1]) + 2)}`;
    // The security policy takes no inline style.
    const style = String(token.attrGet("style") ?? "");
    token.attrs = token.attrs?.filter(([name]) => name !== "style") ?? null;
    const side = /right|center/.exec(style)?.[0];
    if (side !== undefined) token.attrJoin("class", side);
  }
});

rules.link_open = (tokens, index, options, _, renderer) => {
  tokens[index]!.attrSet("rel", "nofollow noopener noreferrer");
  tokens[index]!.attrSet("target", "_blank");
  return renderer.renderToken(tokens, index, options);
};

// No picture: it would tell its server who reads this. A link to it lets the reader decide.
rules.image = (tokens, index) => {
  const { content } = tokens[index]!;
  const src = escapeHtml(String(tokens[index]!.attrGet("src") ?? ""));
  const opened = tokens.slice(0, index).filter(({ type }) => type === "link_open").length;
  const closed = tokens.slice(0, index).filter(({ type }) => type === "link_close").length;
  if (opened > closed) return escapeHtml(content); // a link within a link is none
  return `<a href="${src}" rel="nofollow noopener noreferrer" target="_blank">${escapeHtml(content) || src}</a>`;
};

rules.fence = (tokens, index) => {
  const { info, content } = tokens[index]!;
  const [language = ""] = info.trim().split(/\s/);
  const label =
    language === "" ? "" : ` data-language="${escapeHtml(parser.utils.unescapeAll(language).slice(0, 30))}"`;
  return `<pre class="code"${label} ${SCROLLS}><code>${escapeHtml(content)}</code></pre>\n`;
};
rules.code_block = (tokens, index) =>
  `<pre class="code" ${SCROLLS}><code>${escapeHtml(tokens[index]!.content)}</code></pre>\n`;

rules.table_open = () => `<div class="table" ${SCROLLS}><table>\n`;
rules.table_close = () => "</table></div>\n";

/** Markdown as HTML, for a template to write with `<%~ %>`. Whatever the text, it adds no element but those of Markdown. */
export function markdown(text: unknown): string {
  return parser.render(pictured(typeof text === "string" ? text : "")).trim();
}

/** Control characters as the characters that picture them: they cannot be seen, and some upset what reads them. */
function pictured(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\0-\x08\x0B\x0C\x0E-\x1F\x7F]/g, (char) =>
    char === "\x7F" ? "\u2421" : String.fromCharCode(0x2400 + char.charCodeAt(0)),
  );
}
