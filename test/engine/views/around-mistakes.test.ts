import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseRegion } from "../../../src/engine/core/region.ts";
import { HotSwap } from "../../../src/engine/views/hot-swap.ts";
import { FIXTURES, writeFiles } from "../../support/folders.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brooklet-around-"));
  cpSync(join(FIXTURES.views, "layout.eta"), join(dir, "views/layout.eta"));
  cpSync(FIXTURES.public, join(dir, "public"), { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true }));

const BROKEN = {
  "views/widgets/price.eta": "---\nparams: { in: [EUR] }\n---\n<b>\n<%= data. %></b>",
  "views/widgets/feed.eta": "---\nkind: log\n---\n<p><%= data %></p>",
  "views/widgets/set.eta": "---\ninitial: 1\n---\n<b>\n<% if (data { %></b>",
  "views/widgets/odd.eta": "---\nkinnd: log\n---\n<b><%= data %></b>",
  "views/pages/team.eta": '---\ntitle: Us\n---\n<h1>Team</h1>\n<%~ live("prize") %>',
  "views/pages/rooms/[room].eta": "---\nparams: { room: [hall] }\n---\n<h1>\n<%= room %></h1>",
};
const GOOD = {
  "views/widgets/tea.eta": "<i><%= data %></i>",
  "views/pages/index.eta": '<h1>Here</h1> <%~ live("price", { in: "EUR" }) %> <%~ live("tea") %> <%~ live("set") %>',
};

const started = (isRestarted = true) =>
  new HotSwap({ views: join(dir, "views"), public: join(dir, "public") }, { development: true }, isRestarted);

async function shown(current: HotSwap, page: string): Promise<string> {
  const { views } = current;
  return (await views.page(page, { cursor: "", fill: async (region) => views.waiting(region) })).toString();
}

test("where a page or a widget has a mistake at the start, each shows its own in its place, and all else is as ever", async () => {
  writeFiles(dir, { ...BROKEN, ...GOOD });
  const current = started();
  const index = await shown(current, "index");
  expect(index).toContain("<h1>Here</h1>");
  expect(index).toMatch(/views\/widgets\/set\.eta:5: /);
  expect(index).toMatch(/class="waiting">\S*views\/widgets\/price\.eta:5: /);
  expect(await shown(current, "team")).toMatch(
    /<title>Us.*<code>.*views\/pages\/team\.eta:5: live\(&quot;prize&quot;\): there is no widget “prize”\. Did you mean “price”\?.*\n/s,
  );
  expect(await shown(current, "rooms/hall")).toMatch(/views\/pages\/rooms\/\[room\]\.eta:5: room is not defined/);
  const { views } = current;
  const sight = { data: 1, history: [], at: 0 };
  expect(views.fragment(parseRegion("tea"), sight)).toBe("<i>1</i>");
  for (const [name, line] of Object.entries({ price: 5, feed: 4, set: 5, odd: 2 })) {
    // So nothing is published to it that its own template would have refused, or kept otherwise.
    const told = expect.objectContaining({
      code: "value_refused",
      detail: expect.stringContaining(`views/widgets/${name}.eta:${line}: `),
    });
    expect(() => views.fragment(parseRegion(name), { ...sight, id: "feed__1" })).toThrow(told);
  }
  expect(views.widgets.get("feed")!.kind).toBe("log");
});

test("a page that has a mistake in its front matter, too, shows that of its template, with its own lines", async () => {
  const team = '---\ntitle: Us\nboard: [[prize]]\n---\n<h1>Team</h1>\n<%~ live("prize") %>';
  writeFiles(dir, { ...GOOD, ...BROKEN, "views/pages/team.eta": team });
  expect(await shown(started(), "team")).toMatch(
    /views\/pages\/team\.eta:6: .*&lt;h1&gt;Team&lt;\/h1&gt;\n.*&gt;&gt; 6\| /s,
  );
});

test("they are mended one by one, and then the last good ones stay in use", async () => {
  writeFiles(dir, { ...GOOD, ...BROKEN });
  const current = started();
  const onlooker = { swapped: vi.fn(), mistaken: vi.fn(() => true), outdated: vi.fn(), inUse: vi.fn() };
  const pages = { refresh: vi.fn(), notify: vi.fn() };
  const stop = await current.start(pages, onlooker);
  const { shell } = current.views;
  const first = current.toMend("/")!;
  expect(onlooker.mistaken.mock.calls).toEqual([[first]]);
  writeFiles(dir, { "views/pages/team.eta": "<h1>Team of us</h1>" });
  await vi.waitFor(async () => expect(await shown(current, "team")).toContain("<h1>Team of us</h1>"), 10_000);
  const mended = Object.keys(BROKEN).map((file): [string, string] => {
    const item = file.includes("feed") ? '---\nkind: log\n---\n<li id="<%= id %>"></li>' : undefined;
    return [file, item ?? (file.includes("price") ? "---\nparams: { in: [EUR] }\n---\n<b></b>" : "<p>Mended</p>")];
  });
  writeFiles(dir, Object.fromEntries(mended));
  await vi.waitFor(() => expect(current.toMend("/")).toBeUndefined(), 10_000);
  expect(pages.notify).toHaveBeenLastCalledWith("");
  expect(current.views.shell).not.toBe(shell);
  writeFiles(dir, { "views/pages/team.eta": "<%= 1" });
  await vi.waitFor(() => expect(current.toMend("/")).toContain("views/pages/team.eta:1: "), 10_000);
  expect(await shown(current, "team")).toContain("Mended");
  stop();
});

test.each([
  ["the layout", { "views/layout.eta": "<%= 1" }, "layout.eta:1: "],
  ["what others include", { "views/snippets/foot.eta": "<%= 1" }, "snippets/foot.eta:1: "],
])("a mistake in %s keeps all from being shown", (_, files, told) => {
  writeFiles(dir, { ...GOOD, ...BROKEN, ...files });
  expect(() => started()).toThrow(told);
});

test("a server that nobody starts again by itself does not start", () => {
  writeFiles(dir, { ...GOOD, ...BROKEN });
  expect(() => started(false)).toThrow(/\.eta:\d/);
});
