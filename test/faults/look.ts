/// <reference lib="dom" />
/** What was found wrong with a page's list, and how often it was looked at. */
export type Found = Record<"looks" | "gaps" | "duplicates" | "backwards" | "newest", number>;

/** Runs in the page: looks at the list after each event. */
export function look(keep: number): void {
  const found: Found = { looks: 0, gaps: 0, duplicates: 0, backwards: 0, newest: 0 };
  Object.assign(globalThis, { found });
  document.addEventListener("htmx:sseMessage", () => {
    const items = [...document.getElementById("list")!.children];
    const numbers = items.map((item) => Number(item.textContent));
    found.looks++;
    if (numbers.length !== keep || numbers.some((n, i) => i > 0 && n !== numbers[i - 1]! + 1)) found.gaps++;
    if (new Set(items.map(({ id }) => id)).size < items.length) found.duplicates++;
    if (numbers.at(-1)! < found.newest) found.backwards++;
    found.newest = numbers.at(-1)!;
  });
}
