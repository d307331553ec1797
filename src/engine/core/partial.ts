/**
 * What an event tells htmx to do: the server names the target, so that append, replace, delete, reset and several of them
 * in one event are one mechanism, and the same bytes serve every page. Ids come from `region.ts` and are safe in a selector.
 */
const partial = (id: string, swap: string, html: string) => at(`#${id}`, swap, html);
const at = (target: string, swap: string, html: string) =>
  `<hx-partial hx-target="${target}" hx-swap="${swap}">${html}</hx-partial>`;

/** Replaces all that is in an element. */
export const fill = (id: string, html: string) => partial(id, "innerHTML", html);
/** Adds at the end of an element. */
export const append = (id: string, html: string) => partial(id, "beforeend", html);
/** Puts another element in this one's place. */
export const replace = (id: string, html: string) => partial(id, "outerHTML", html);
/** Takes an element away. */
export const remove = (id: string) => partial(id, "delete", "");
/** The same, of one that is found from the element whose request this answers: `find .hint`, `closest form`. */
export const near = (target: string, html: string) => at(target, "outerHTML", html);
/** Replaces all that is in such a one. */
export const fillNear = (target: string, html: string) => at(target, "innerHTML", html);
