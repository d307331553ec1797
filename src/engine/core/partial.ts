/**
 * A partial: an element in an event, or in an answer, that tells htmx what to change on the page. The server names the target,
 * so that to append, replace, remove and reset, and several of these in one event, is one mechanism, and every page is sent the
 * same bytes. Ids come from `region.ts` and are safe in a selector.
 */
const partial = (id: string, swap: string, html: string) => at(`#${id}`, swap, html);
const at = (target: string, swap: string, html: string) =>
  `<hx-partial hx-target="${target}" hx-swap="${swap}">${html}</hx-partial>`;

/** Replaces all that is in an element. */
export const fill = (id: string, html: string) => partial(id, "innerHTML", html);
/** Adds at the end of an element. */
export const appendTo = (id: string, html: string) => partial(id, "beforeend", html);
/** Puts another element in this one's place. */
export const replaceElement = (id: string, html: string) => partial(id, "outerHTML", html);
/** Takes an element away. */
export const removeElement = (id: string) => partial(id, "delete", "");
/**
 * Puts another element in the place of one that is found from the element which made the request: `find .hint`, `closest form`.
 */
export const near = (target: string, html: string) => at(target, "outerHTML", html);
/**
 * Replaces all that is in such a one. It settles after the swap of the whole answer, which gives the focus back to the element
 * that has the id of the one that had it: an `autofocus` in here is heeded then, and not undone.
 */
export const fillNear = (target: string, html: string) => at(target, "innerHTML settle:1ms", html);
