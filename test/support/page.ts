import { type Partial, partialsIn } from "../../src/engine/core/partial.ts";

/** What a region shows after either is the same: all that came. */
const FILLS: ReadonlySet<string> = new Set(["innerHTML", "morph:innerHTML"]);

/** A page as a model: it does with partials what htmx does. */
export class Page {
  /** What each region shows, by its id. */
  readonly html = new Map<string, string>();
  /** What htmx would have written to the console. */
  readonly errors: string[] = [];

  /** @returns which regions were filled anew */
  apply(data: string): Set<string> {
    const filled = new Set<string>();
    const partials = partialsIn(data);
    // htmx takes away what an event takes away before it does anything else of it.
    const isDelete = ({ swap }: Partial) => swap === "delete";
    for (const { id, swap, html } of [...partials.filter(isDelete), ...partials.filter((one) => !isDelete(one))]) {
      this.#swap(id, swap, html);
      if (FILLS.has(swap)) filled.add(id);
    }
    return filled;
  }

  #swap(target: string, swap: string, html: string): void {
    if (target.startsWith("_")) return;
    const region = this.html.get(target);
    if (FILLS.has(swap) && region !== undefined) this.html.set(target, html);
    else if (swap === "beforeend" && region !== undefined) this.html.set(target, region + html);
    else if (!this.#swapItem(target, html)) this.errors.push(`${swap} has no target #${target}`);
    for (const content of this.html.values()) {
      const ids = [...content.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      if (new Set(ids).size < ids.length) this.errors.push(`twice on the page: ${ids}`);
    }
  }

  #swapItem(id: string, html: string): boolean {
    const item = new RegExp(`<li id="${id}">.*?</li>`);
    for (const [region, content] of this.html) {
      if (!item.test(content)) continue;
      this.html.set(
        region,
        content.replace(item, () => html),
      );
      return true;
    }
    return false;
  }
}
