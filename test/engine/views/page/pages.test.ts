import { describe, expect, test } from "vitest";
import type { Region } from "../../../../src/engine/core/region.ts";
import { pageText, region, sight, thrown, viewsOf } from "../../../support/views.ts";

const widgets = {
  "widgets/price.eta": "---\ntitle: Price\nparams:\n  of: [a, b]\n---\n<b></b>",
  "widgets/list.eta": '---\nkind: log\n---\n<li id="<%= id %>"></li>',
};
const viewsWith = (page: string, more: Record<string, string> = {}, options = {}) =>
  viewsOf({ ...widgets, "pages/index.eta": page, ...more }, undefined, options);
const fill = async ({ name }: Region) => `[${name}]`;
const render = async (page: string, parts = {}) =>
  pageText(viewsWith(page), "index", { cursor: "c&1", fill, ...parts });
/** A page that its first visitor sees nothing of: what is in there is met by whoever asks for more. */
const withMore = (page: string) => `---\nquery:\n  more: [true]\n---\n<% if (query.more) { %>${page}<% } %>`;

describe("a page", () => {
  test("holds its regions, already filled, and one stream for all of them that begins at the cursor", async () => {
    const html = await render('---\ntitle: "A & B"\n---\n<%~ live("price/ACME", { of: "a" }) %>\n<%~ live("list") %>');
    const { id, name } = region("price/ACME?of=a");
    expect(html).toContain("<title>A &amp; B</title>");
    expect(html).toContain(
      `<main><div id="${id}" role="group" aria-label="Price ACME" hx-ext="morph">[${name}]</div><ul id="list" aria-label="list">[list]</ul></main>`,
    );
    expect(html).toContain(
      'sse-connect="/events?regions=price%2FACME%3Fof%3Da,list&amp;cursor=c%261" sse-close="end">',
    );
    expect(html).toContain(
      '<input type="hidden" id="_regions" name="_regions" value="price/ACME?of=a,list" autocomplete="off">',
    );
    expect(html.match(/sse-connect/g)).toHaveLength(1);
  });

  test("has the pulse and the notice outside of its stream", async () => {
    const html = await render('<%~ live("price") %>');
    expect(html).toMatch(/<div id="_pulse" role="status" class="moment\d\d"><span class="beat first">/);
    expect(html.indexOf('id="_notice"')).toBeLessThan(html.indexOf('id="_stream"'));
  });

  test("of a site below a path asks for its streams and sends its forms there, and nowhere else", async () => {
    const page = '<form <%~ action("poke") %>><button>Poke</button></form><%~ live("price") %><%~ live("list") %>';
    const poked = { "widgets/price.eta": '<form <%~ action("poke") %>><button>Poke</button></form>' };
    const base = "/below";
    const views = viewsOf({ ...widgets, ...poked, "pages/index.eta": page }, (path) => `${base}/${path}`, { base });
    const priced = async (region: Region) => (region.name === "price" ? views.fragment(region, sight({})) : "");
    const shown = await pageText(views, "index", { cursor: "c", fill: priced });
    for (const html of [shown, views.restream([region("price")])]) {
      const addresses = [...html.matchAll(/ (?:action|sse-connect|hx-get|hx-post)="([^"]*)"/g)].map(
        ([, address]) => address!,
      );
      expect(addresses).toContain(`${base}/events?regions=price${html === shown ? ",list&amp;cursor=c" : ""}`);
      expect(addresses.filter((address) => !address.startsWith(`${base}/`))).toEqual([]);
    }
    expect(shown.match(/action="\/below\/actions\/poke"/g)).toHaveLength(2);
    expect(shown).toContain('hx-get="/below/stream"');
  });

  test("without a region has the stream's element and no stream, and no pulse", async () => {
    const html = await render("<p>still</p>");
    expect(html).toContain('<div id="_stream"><input type="hidden" id="_regions" name="_regions" value=""');
    expect(html).toMatch(/<div id="_pulse" role="status" class="moment\d\d"><\/div>/);
    expect(html).not.toContain("sse-connect");
  });

  test("asks for no region before it has noted all", async () => {
    const asked: string[] = [];
    const slow = async ({ name }: Region) => {
      asked.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      return `${asked.length}`;
    };
    const html = await render('<%~ live("price") %><%~ live("list") %>', { fill: slow });
    expect(asked).toEqual(["price", "list"]);
    expect(html).toContain('aria-label="Price" hx-ext="morph">2</div>');
  });

  test("takes what fills a region as it is: no $ pattern, and no place of another region in it", async () => {
    const page = '<%~ live("price") %><%~ live("list") %>';
    const first = await render(page);
    const fills = async ({ name }: Region) => (name === "price" ? "$& $1 $` mark-0. <%= 1 %>" : first);
    expect(await render(page, { fill: fills })).toContain(
      'aria-label="Price" hx-ext="morph">$& $1 $` mark-0. <%= 1 %></div>',
    );
  });

  test("shows a region once", async () => {
    await expect(render('\n<%~ live("price") %><%~ live("price") %>')).rejects.toThrow(
      /views\/pages\/index\.eta:2: live\(\): the region price is on this page already/,
    );
  });

  test.each([
    ['<%~ live("pri" + "se") %>', "topic_unknown"],
    ['<%~ live("price", { of: "c" }) %>', "region_invalid"],
    ['<%~ live("pri" + "ce,x") %>', "topic_invalid"],
    ["<% for (let i = 0; i < 65; i++) { %><%~ live('price/' + i) %><% } %>", "region_invalid"],
  ])(
    "that asks for what cannot be is refused, and where every visitor would meet that, at the start: %s",
    async (page, code) => {
      await expect(render(withMore(page), { query: { more: true } })).rejects.toMatchObject({ code });
      if (code !== "region_invalid" || !page.includes("65"))
        expect(() => viewsWith(page)).toThrow("views/pages/index.eta:1: ");
    },
  );

  test("may include what begins with _, which is no page", async () => {
    const views = viewsWith('<%~ include("./_part") %>', {
      "pages/_part.eta": '<%~ live("price") %>',
      "pages/a/b.eta": "b",
    });
    expect(views.pages).toEqual(["a/b", "index"]);
    expect(await pageText(views, "index", { cursor: "c", fill })).toContain("[price]");
  });

  test("that begins with _ is also there for a route to render, with what the route knows", async () => {
    const views = viewsWith("a", { "pages/_one.eta": "---\ntitle: One of many\n---\n<b><%= data.name %></b>" });
    expect(views.pages).toEqual(["index"]);
    const html = await pageText(views, "_one", { cursor: "c", fill, data: { name: "<i>" }, title: "This one" });
    expect(html).toContain("<title>This one</title>");
    expect(html).toContain("<main><b>&lt;i&gt;</b></main>");
    expect(await pageText(views, "_one", { cursor: "c", fill, data: {} })).toContain("<title>One of many</title>");
  });

  test("that throws names its file and line, at the start where its first visitor would meet it", async () => {
    const place = "views/pages/index.eta:2: nothing is not defined";
    expect(() => viewsWith("a\n<%= nothing.here %>")).toThrow(place);
    const views = viewsWith(
      'a<%~ live("price") %>\n<% if (page !== "index" || query.more) { %><%= nothing.here %><% } %>',
    );
    await expect(pageText(views, "index", { cursor: "c", fill, query: { more: true } })).rejects.toThrow(place);
  });

  test.each([
    ["without a stream", "<%~ body %>", "put <%~ stream() %> last in its body, for what is live in "],
    ["whose stream is made and never written", "<% stream() %><%~ body %>", "put <%~ stream() %> last in its body"],
    [
      "without htmx",
      "<!doctype html><head><title>A</title></head><%~ body %><%~ stream() %>",
      "put <%~ head() %> into its <head>, for what is live in ",
    ],
    ["without the page itself", "<p><%= title %></p><%~ stream() %>", "put <%~ body %> where the page is to be"],
  ])("is refused in a layout %s", (_, layout, mend) => {
    const error = thrown(() => viewsWith('<%~ live("price") %>', { "layout.eta": layout }));
    expect(error.message).toMatch(/^\S+\/views\/layout\.eta: /);
    expect(error.message).toContain(mend);
  });

  test("may be in a layout without a stream where nothing is live, and in one whose snippet writes it, or which changes it", async () => {
    viewsWith("<p>All of it</p>", { "layout.eta": "<%~ body %>" });
    const snippet = { "foot.eta": "<%~ stream() %>" };
    const layout = { "layout.eta": '<%~ body.replace("<i>", "<b>") %><%~ include("/foot") %>', ...snippet };
    const views = viewsWith('<i></i><%~ live("price") %>', layout);
    expect(await pageText(views, "index", { cursor: "c", fill })).toMatch(/^<b><\/i>.*sse-connect/);
  });

  test("may be in a layout that writes its head out, with htmx in it", () => {
    const script = '<script src="<%= asset("htmx.js") %>" defer></script>';
    const layout = `<!doctype html><head>${script}</head><%~ body %><%~ stream() %>`;
    expect(viewsWith('<%~ live("price") %>', { "layout.eta": layout }).pages).toEqual(["index"]);
  });

  test.each([
    ["1", '<b><%= page </b>\n<form <%~ action("own/add") %>></form>', "<%="],
    ["2", '<p>\n<%~ page </p>\n<form class="a" <%~ action("own/add") %>></form>', "<%~"],
    ["2", '<form <%~ action("own/add") %>>\n<% if (page) { </form><%= page %>', "<%"],
    ["1", "<%= page </p><p>It's here <%= page %>", "<%="],
    ["3", '\n\n<%= "<%" + page', "<%="],
  ])(
    "with a tag that is never closed is refused at its line, and not at what it takes in: %s",
    (line, page, bracket) => {
      const error = thrown(() => viewsWith(page, {}, { actions: new Set(["own/add"]) }));
      expect(error.message).toContain(
        `views/pages/index.eta:${line}: this ${bracket} is never closed: write %> where its code ends.`,
      );
    },
  );

  test.each([
    "<% const r = /<%/g; %>a",
    `<%~ \`a \${ \`<% x\` } b\` %>`,
    "<%= [/[<%]/].length %>",
    '<%= "<%" %>',
    "<% /* <%= page */ %>",
    "<% // <%= page %>",
    "<%= `<%` + '<%' %>",
  ])("may have the bracket of a tag in a text or a comment: %s", (page) => {
    expect(viewsWith(page).pages).toEqual(["index"]);
  });

  test.each([
    ["pages/index.eta:2", { "pages/index.eta": '\n<form <%= action("x") %>></form>' }, "action(…)"],
    ["widgets/price.eta:1", { "widgets/price.eta": '<form <%= action("x") %>></form>' }, "action(…)"],
    ["pages/index.eta:2", { "pages/index.eta": '<p></p>\n<%= card("price") %>' }, "card(…)"],
    ["layout.eta:2", { "layout.eta": "<p></p>\n<%= body %>" }, "body"],
    ["layout.eta:1", { "layout.eta": "<%= head() %><%~ body %>" }, "head()"],
    ["layout.eta:1", { "layout.eta": "<p <%= root() %>><%~ body %><%~ stream() %>" }, "root()"],
  ])("with HTML of a helper that would be shown as a text is refused: %s", (place, files, call) => {
    expect(() => viewsWith("<b>a</b>", files as Record<string, string>)).toThrow(
      new RegExp(`views/${place}: <%= ${call.replace(/[()]/g, "\\$&")} %> shows its .* as a text: write <%~ `),
    );
  });

  test("may have what is no HTML of a helper's, or is there as HTML, too, in a text", () => {
    const layout = '<meta content="<%= body %>"><% const root = () => "<b>" %><%= root() %><%~ body %><%~ stream() %>';
    expect(viewsWith("<b>a</b>", { "layout.eta": layout }).pages).toEqual(["index"]);
  });

  test.each([`<%= 'write action("x")' %>`, "<% const action = (x) => x; %><%= action(1) %>"])(
    "may mention action(), or have its own: %s",
    (page) => {
      expect(viewsWith(page).pages).toEqual(["index"]);
    },
  );

  test("whose front matter is never closed is refused", () => {
    expect(() => viewsWith("---\ntitle: Open\n<p></p>")).toThrow(
      "views/pages/index.eta:1: the front matter that begins here is never closed: write a line --- below it.",
    );
  });

  test("that is not there is 404", async () => {
    await expect(pageText(viewsWith("a"), "indx", { cursor: "c", fill })).rejects.toMatchObject({
      status: 404,
      code: "page_unknown",
    });
  });
});

describe("a page's query", () => {
  const views = viewsWith('---\nquery:\n  tab: [all, 2]\n  symbol: "[A-Z]+"\n---\n<%= query.tab === 2 %>');

  test("is typed as declared, and what is not declared is not seen", async () => {
    const query = views.checkQuery("index", { tab: "2", symbol: "ACME", utm_source: "x" });
    expect(query).toEqual({ tab: 2, symbol: "ACME" });
    expect(await pageText(views, "index", { cursor: "c", fill, query })).toContain("<main>true</main>");
  });

  test("has not what was left empty, unless it may be that", () => {
    expect(views.checkQuery("index", { tab: "", symbol: "ACME" })).toEqual({ symbol: "ACME" });
    const may = viewsWith('---\nquery:\n  of: "[a-z]*"\n---\n');
    expect(may.checkQuery("index", { of: "" })).toEqual({ of: "" });
  });

  test.each([{ tab: "<b>" }, { tab: ["all", "2"] }, { tab: ["", ""] }])(
    "with a value that is not known is 400 and lists those that are",
    (query) => {
      const problem = thrown(() => views.checkQuery("index", query));
      expect(problem).toMatchObject({ status: 400, code: "query_invalid" });
      expect(problem.message).toContain("It must be all or 2.");
      expect(problem.message).not.toContain("<b>");
    },
  );
});

describe("what joins an open page", () => {
  const views = viewsWith("a");

  test("comes with the page's one stream, for all regions and without a cursor", async () => {
    expect(await views.join([region("price")], [region("list")], fill)).toBe(
      '<ul id="list" aria-label="list">[list]</ul><div id="_stream" hx-swap-oob="true" hx-ext="sse" sse-connect="/events?regions=price,list" sse-close="end"><div hidden sse-swap="message" hx-swap="none"></div><input type="hidden" id="_regions" name="_regions" value="price,list" autocomplete="off"><i hidden hx-get="/here" hx-trigger="sse:here" hx-include="#_here" hx-swap="none" hx-sync="this:replace"></i><input type="hidden" id="_here" name="_here" value="" autocomplete="off"></div>',
    );
  });

  test("leaves the page what it had, though a deploy may have taken some of it away", async () => {
    expect(await views.join([region("lost")], [region("list")], fill)).toContain(
      'sse-connect="/events?regions=lost,list"',
    );
  });

  test("must be regions that there are", async () => {
    await expect(views.join([], [region("price?of=z")], fill)).rejects.toMatchObject({ code: "region_invalid" });
    await expect(views.join([], [region("lost")], fill)).rejects.toMatchObject({ code: "topic_unknown" });
  });
});
