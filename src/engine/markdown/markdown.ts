import type { MayShow } from "../core/media.ts";
import { escapeText } from "./escape.ts";
import { blocksToHtml } from "./html.ts";
import { Parser } from "./parser.ts";

/** A fragment cannot be larger. On a page, the text beyond it is shown as it is written. */
const MAX_CHARACTERS = 64 * 1024;

/** Markdown as HTML, for a template to write with `<%~ %>`. @param place in what the text goes on, if it is the rest of one that was cut: see place.ts */
export type Markdown = (text: unknown, place?: unknown) => string;

/**
 * Markdown of which pictures are shown, and not a link in place of each. Whatever the text, it adds no element but those of
 * Markdown, and takes time in proportion to its length.
 * @param shows the addresses whose pictures are shown
 */
export const markdownWith =
  (shows: MayShow): Markdown =>
  (text, place) =>
    htmlOf(text, place, shows);

/** The same, without any picture: loading one would tell its server who reads the text. */
export const markdown: Markdown = (text, place) => htmlOf(text, place);

function htmlOf(text: unknown, place: unknown, shows?: MayShow): string {
  if (typeof text !== "string") return "";
  const parser = new Parser(place);
  parser.add(text.slice(0, MAX_CHARACTERS));
  const rest =
    text.length > MAX_CHARACTERS ? `\n<pre><code>${escapeText(text.slice(MAX_CHARACTERS))}</code></pre>` : "";
  return blocksToHtml(parser.end(), shows) + rest;
}
