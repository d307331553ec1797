/**
 * A partial: an element in an event, or in an answer, that tells htmx what to change on the page. The server names the target,
 * so that to append, replace, remove and reset, and several of these in one event, is one mechanism, and every page is sent the
 * same bytes. Ids come from `region.ts`, and are safe in a selector and without quotes.
 *
 * Every event repeats these bytes, so they are as few as htmx 2 and htmx 4 both understand: a partial's own id names its target.
 */
const partial = (id: string, swap: string, html: string) => `<hx-partial id=${id} hx-swap=${swap}>${html}${END}`;
const END = "</hx-partial>";

/** As the data of an event: the end closes what is still open, so that the last of its partials needs no end tag. */
export const unended = (html: string) => (html.endsWith(END) ? html.slice(0, -END.length) : html);

/** Replaces all that is in an element. */
export const fill = (id: string, html: string) => partial(id, "innerHTML", html);
/**
 * Changes what is in an element to this, which must be elements with nothing between them: what is the same stays as it is, with
 * selection, focus, scroll and transitions. The element needs `hx-ext={@link MORPH_EXTENSION}`; on a page without it, or without
 * the script, htmx replaces all that is in it. So does htmx 4, which needs no script to morph: there the layout's htmx-config
 * says `"defaultSwap":"innerMorph"`.
 */
export const morphInto = (id: string, html: string) => partial(id, "morph:innerHTML", html);
/** The extension of htmx that morphs, as idiomorph names it. Not on an element that out-of-band swaps find: it breaks them. */
export const MORPH_EXTENSION = "morph";
/** Adds at the end of an element. */
export const appendTo = (id: string, html: string) => partial(id, "beforeend", html);
/** Puts another element in this one's place. */
export const replaceElement = (id: string, html: string) => partial(id, "outerHTML", html);
/**
 * Takes an element away. Every item that is added to a full list carries one of these, so it is no partial, but an element that
 * needs no end. Of one event htmx does all of these first, wherever they stand: no event takes away what it has added.
 */
export const removeElement = (id: string) => `<br hx-swap-oob=delete:#${id}>`;

const found = (target: string, swap: string, html: string) =>
  `<hx-partial hx-target="${target}" hx-swap="${swap}">${html}</hx-partial>`;
/**
 * Puts another element in the place of one that is found from the element which made the request: `find .hint`, `closest form`.
 */
export const near = (target: string, html: string) => found(target, "outerHTML", html);
/**
 * Replaces all that is in such a one. It settles after the swap of the whole answer, which gives the focus back to the element
 * that has the id of the one that had it: an `autofocus` in here is heeded then, and not undone.
 */
export const fillNear = (target: string, html: string) => found(target, "innerHTML settle:1ms", html);

/** A change that some HTML tells htmx to make: to which element, how, and what is put there. */
export interface Partial {
  readonly id: string;
  readonly swap: string;
  readonly html: string;
}

/** The changes in the data of an event, or in an answer, in the order in which they are written: those that name an element. */
export function partialsIn(data: string): Partial[] {
  const found = data.matchAll(
    /<hx-partial id=([\w-]+) hx-swap=([\w:]+)>(.*?)(?:<\/hx-partial>|$)|<br hx-swap-oob=delete:#([\w-]+)>/gs,
  );
  return [...found].map(([, id, swap, html, deleted]) =>
    deleted === undefined ? { id: id!, swap: swap!, html: html! } : { id: deleted, swap: "delete", html: "" },
  );
}
