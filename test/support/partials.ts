/** What some HTML tells htmx to change: which element, how, and what is put there. */
export interface Partial {
  readonly id: string;
  readonly swap: string;
  readonly html: string;
}

/** The changes in the data of an event, or in an answer, in the order in which they are written. */
export function partialsIn(data: string): Partial[] {
  const found = data.matchAll(
    /<hx-partial id=([\w-]+) hx-swap=([\w:]+)>(.*?)<\/hx-partial>|<br id=([\w-]+) hx-swap-oob=delete>/gs,
  );
  return [...found].map(([, id, swap, html, deleted]) =>
    deleted === undefined ? { id: id!, swap: swap!, html: html! } : { id: deleted, swap: "delete", html: "" },
  );
}
