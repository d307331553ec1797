/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { parseRegions } from "../../src/engine/core/region.ts";
import { eventually, normalisedHtml } from "../support/browser.ts";
import type { Program } from "../support/program.ts";

/** What the pages under faults show: each kind of region that a stream can carry. */
export const REGIONS = parseRegions("value,wide,few,list,list/b,some?of=odd,some?of=even,rows");

/** With another version all fragments are others, and lists are of another length. */
export function views(version: number): Record<string, string> {
  const keep = version % 2 === 0 ? 20 : 14;
  return {
    // Morphed: elements that come and go, change places by their ids, and are of SVG. A publish that was tried again without a
    // key is there twice, and must not give its id twice. With nothing published it tells its version, too.
    "widgets/value.eta": `---\nhistory: 4\ninitial: { n: 0, text: none }\n---\n<section class="v${version}"><b>v${version}</b> <%= data.n %>\n<% for (const n of [...new Set(history.map(({ n }) => n))].toSorted((a, b) => (a % 7) - (b % 7))) { %><i id="value-<%= n %>"><%= n %></i> <% } %><% if (data.n % 3 === 0) { %><em>third</em><% } %></section>\n<svg viewBox="0 0 9 9"><rect width="<%= data.n % 9 %>" height="9"/><% if (data.n % 2 === 0) { %><circle r="1"/><% } %></svg><p><%= data.text %></p>`,
    // Replaced, for the text beside its element.
    "widgets/wide.eta": `v${version} <%= data.n %> <pre><%= "=".repeat(40000) %></pre>`,
    "widgets/list.eta": `---\nkind: log\nkeep: ${keep}\n---\n<li id="<%= id %>">v${version} <b><%= data.n %></b> <%= data.text %></li>`,
    // Nothing but new items: what a reader missed of them can be sent exactly.
    "widgets/few.eta": `---\nkind: log\nkeep: 30\n---\n<li id="<%= id %>">v${version} <b><%= data.n %></b></li>`,
    "widgets/some.eta": `---\nkind: log\nkeep: ${keep}\nparams:\n  of: [odd, even]\n---\n<% if ((data.n % 2 === 1) === (params.of === "odd")) { %><li id="<%= id %>">v${version} <%= data.n %></li><% } %>`,
    "widgets/rows.eta": `---\nkind: log\nkeep: ${keep}\nelement: tbody\n---\n<tr id="<%= id %>"><td>v${version}</td><td><%= data.n %></td><td><%= data.text %></td></tr>`,
    "pages/board.eta": `<h1>Board</h1>\n<%~ live("value") %><%~ live("wide") %><%~ live("few") %><%~ live("list") %><%~ live("list/b") %><%~ live("some", { of: "odd" }) %><%~ live("some", { of: "even" }) %><table><%~ live("rows") %></table><p><a href="/other">Other</a></p>`,
    "pages/other.eta": "<h1>Another page</h1>",
  };
}

/** The templates of programs that show the same, and change together. */
export class Templates {
  #version = 1;
  readonly #programs: readonly Program[];

  constructor(programs: readonly Program[]) {
    this.#programs = programs;
  }

  /** @returns the version that each of them finds from now on */
  change(): number {
    const files = views(++this.#version);
    for (const program of this.#programs) program.write(files);
    return this.#version;
  }
}

/** What the regions of a page show, by id, as HTML that compares. */
function regionsIn(html: string): string[] {
  return REGIONS.map(({ id }) => {
    const [, tag] = new RegExp(`<(\\w+) id="${id}"`).exec(html) ?? [];
    if (tag === undefined) throw new Error(`the page has no region #${id}`);
    const from = html.indexOf(">", html.indexOf(`<${tag} id="${id}"`)) + 1;
    return comparable(html.slice(from, html.indexOf(`</${tag}>`, from)));
  });
}

/** What the regions of an open page show, as HTML that compares. Nothing is parsed anew that is as it was. */
export function shownOn(page: Page): () => Promise<string[]> {
  const ids = REGIONS.map(({ id }) => id);
  let [seen, shown] = ["", [] as string[]];
  return async () => {
    const html = await page.evaluate((ids) => ids.map((id) => document.getElementById(id)?.innerHTML ?? ""), ids);
    if (html.join() !== seen) shown = html.map(comparable);
    seen = html.join();
    return shown;
  };
}

/** What the regions of a fresh page show. */
export async function fresh(origin: string): Promise<string[]> {
  return regionsIn(await (await fetch(`${origin}/board`)).text());
}

/** Waits until just that is shown. @returns what is shown then, or is shown still when the time is up */
export async function settled(look: () => Promise<string[]>, right: readonly string[], ms: number): Promise<string[]> {
  let shown: string[] = [];
  const same = async () => {
    shown = await look();
    return shown.every((html, i) => html === right[i]);
  };
  await eventually(same, (is) => is, ms).catch(() => {}); // the caller compares, and says what differs
  return shown;
}

/** Rows lose their tags outside of a table. */
function comparable(html: string): string {
  return html.startsWith("<tr") ? normalisedHtml(`<table>${html}</table>`) : normalisedHtml(html);
}
