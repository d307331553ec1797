/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { parseRegions } from "../../src/region.ts";
import { eventually, normalisedHtml } from "../support/browser.ts";

/** What the pages under faults show: each kind of region that a stream can carry. */
export const REGIONS = parseRegions("value,wide,few,list,list/b,some?of=odd,some?of=even,rows");

/** With another version all fragments are others, and lists are of another length. */
export function views(version: number): Record<string, string> {
  const keep = version % 2 === 0 ? 20 : 14;
  return {
    "widgets/value.eta": `---\nhistory: 4\n---\n<b>v${version}</b> <%= data.n %> <i><%= history.map(({ n }) => n).join(" ") %></i>\n<p><%= data.text %></p>`,
    "widgets/wide.eta": `<pre>v${version} <%= data.n %> <%= "=".repeat(40000) %></pre>`,
    "widgets/list.eta": `---\nkind: log\nkeep: ${keep}\n---\n<li id="<%= id %>">v${version} <b><%= data.n %></b> <%= data.text %></li>`,
    // Nothing but new items: what a reader missed of them can be sent exactly.
    "widgets/few.eta": `---\nkind: log\nkeep: 30\n---\n<li id="<%= id %>">v${version} <b><%= data.n %></b></li>`,
    "widgets/some.eta": `---\nkind: log\nkeep: ${keep}\nparams:\n  of: [odd, even]\n---\n<% if ((data.n % 2 === 1) === (params.of === "odd")) { %><li id="<%= id %>">v${version} <%= data.n %></li><% } %>`,
    "widgets/rows.eta": `---\nkind: log\nkeep: ${keep}\nelement: tbody\n---\n<tr id="<%= id %>"><td>v${version}</td><td><%= data.n %></td><td><%= data.text %></td></tr>`,
    "pages/board.eta": `<h1>Board</h1>\n<%~ live("value") %><%~ live("wide") %><%~ live("few") %><%~ live("list") %><%~ live("list/b") %><%~ live("some", { of: "odd" }) %><%~ live("some", { of: "even" }) %><table><%~ live("rows") %></table><p><a href="/other">Other</a></p>`,
    "pages/other.eta": "<h1>Another page</h1>",
  };
}

/** What the regions of a page show, by id, as HTML that compares. */
export function regionsIn(html: string): string[] {
  return REGIONS.map(({ id }) => {
    const [, tag] = new RegExp(`<(\\w+) id="${id}"`).exec(html) ?? [];
    if (tag === undefined) throw new Error(`the page has no region #${id}`);
    const from = html.indexOf(">", html.indexOf(`<${tag} id="${id}"`)) + 1;
    return comparable(html.slice(from, html.indexOf(`</${tag}>`, from)));
  });
}

/** Waits until a page shows just that. @returns what its regions show then, or show still when the time is up */
export async function settled(page: Page, fresh: readonly string[], ms: number): Promise<string[]> {
  const ids = REGIONS.map(({ id }) => id);
  let [seen, shown] = ["", [] as string[]];
  const look = async () => {
    const html = await page.evaluate((ids) => ids.map((id) => document.getElementById(id)?.innerHTML ?? ""), ids);
    if (html.join() !== seen) shown = html.map(comparable);
    seen = html.join();
    return shown.every((html, i) => html === fresh[i]);
  };
  await eventually(look, (same) => same, ms).catch(() => {}); // the caller compares, and says what differs
  return shown;
}

/** Rows lose their tags outside of a table. */
export function comparable(html: string): string {
  return html.startsWith("<tr") ? normalisedHtml(`<table>${html}</table>`) : normalisedHtml(html);
}
