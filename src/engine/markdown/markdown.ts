import { escapeText } from "./escape.ts";
import { blocksToHtml } from "./html.ts";
import { Parser } from "./parser.ts";

/** A fragment cannot be larger. On a page, the text beyond it is shown as it is written. */
const MAX_CHARACTERS = 64 * 1024;

/**
 * Markdown as HTML, for a template to write with `<%~ %>`. Whatever the text, it adds no element but those of Markdown, and
 * takes time in proportion to its length.
 * @param place in what the text goes on, if it is the rest of one that was cut: see place.ts
 */
export function markdown(text: unknown, place?: unknown): string {
  if (typeof text !== "string") return "";
  const parser = new Parser(place);
  parser.add(text.slice(0, MAX_CHARACTERS));
  const rest =
    text.length > MAX_CHARACTERS ? `\n<pre><code>${escapeText(text.slice(MAX_CHARACTERS))}</code></pre>` : "";
  return blocksToHtml(parser.end()) + rest;
}
