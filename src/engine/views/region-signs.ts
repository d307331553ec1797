import { escaped } from "../core/html.ts";
import { DATE_LANG } from "../format/dates.ts";
import { intl } from "../format/intl.ts";
import { utc } from "../format/written.ts";
import type { Words } from "../words/words.ts";
import { type Reason, reasonHtml } from "./forms/forms.ts";

interface Empty {
  readonly element: string;
  /** The author's words, if there are. */
  readonly empty: string | undefined;
}

/** What a region without a value shows while it waits for one. */
export const waiting = (words: Words, { element, empty = words.of("waiting") }: Empty) =>
  wrapped(element, "waiting", escaped(empty));

/** What it shows where it waits for none. */
export const nothing = (words: Words, { element, empty = words.of("nothing") }: Empty) =>
  wrapped(element, "waiting", escaped(empty));

/**
 * What a region says for which the page had no room.
 * @param kind the widget's, where the author looks and is told how to mend it; undefined for visitors
 */
export function late(words: Words, element: string, kind: "state" | "log" | undefined): string {
  const mend = kind === "log" ? "lower its “keep”, or render less for each item" : "show fewer regions on the page";
  const why = kind === undefined ? "" : ` <code>The regions of a page have 1 MiB together: ${mend}.</code>`;
  return wrapped(element, "waiting", words.html("too_much") + why);
}

/** What a region says whose widget was removed by a deploy. */
export const gone = (words: Words, element: string) => wrapped(element, "waiting", words.html("gone"));

/** What a region says to a visitor who may not see its topic. */
export const denial = (words: Words, element: string, why: Reason) =>
  wrapped(element, "waiting", reasonHtml(words, why, "here"));

/** What a region says that its page may not show any more. */
export const withheld = (words: Words, element: string) => wrapped(element, "stale-notice", words.html("withheld"));

/** What a region says that is stale. @param since in milliseconds since 1970 @param reason "" where none is known */
export function stale(words: Words, element: string, since: number, reason: string): string {
  const time = utc(since);
  if (reason !== "") return wrapped(element, "stale-notice", words.html("stale", { time, reason: escaped(reason) }));
  // With the day, `2 Jan`: this one may stand for long.
  const written = { day: "numeric", month: "short", timeZone: "UTC" } as const;
  const day = intl("stale_after", "DateTimeFormat", words.numberLang ?? DATE_LANG, written).format(since);
  return wrapped(element, "stale-notice", words.html("no_new_value", { day: escaped(day), time }));
}

/**
 * What stands in the place of a value that its template cannot render.
 * @param reason for its author, where visitors are none
 */
export function unshowable(words: Words, element: string, at: number, reason: string | undefined, id?: string): string {
  const why = reason === undefined ? "" : ` <code>${escaped(reason)}</code>`;
  return wrapped(element, "stale-notice", words.html("unshowable", { time: utc(at) }) + why, id);
}

function wrapped(element: string, name: string, html: string, id?: string): string {
  const attributes = `${id === undefined ? "" : `id="${id}" `}class="${name}"`;
  if (/^(?:ul|ol|menu)$/.test(element)) return `<li ${attributes}>${html}</li>`;
  if (/^(?:table|tbody|thead|tfoot)$/.test(element)) return `<tr ${attributes}><td colspan="99">${html}</td></tr>`;
  if (element === "tr") return `<td ${attributes} colspan="99">${html}</td>`;
  if (element === "dl") return `<dd ${attributes}>${html}</dd>`;
  // Within such an element a <p> would end it.
  if (/^(?:p|span|b|em|strong|h[1-6]|pre|button|a|time|output)$/.test(element))
    return `<span ${attributes}>${html}</span>`;
  return `<p ${attributes}>${html}</p>`;
}
