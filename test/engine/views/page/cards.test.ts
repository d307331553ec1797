import { describe, expect, test } from "vitest";
import { SAMPLE_ACTION } from "../../../../src/engine/views/forms/action-forms.ts";
import { pageText, region, thrown, viewsOf } from "../../../support/views.ts";

const LAYOUT =
  '<html <%~ root({ lang: "en" }) %>><title><%= title %></title><main id="_main"><%~ body %></main><%~ stream() %></html>';
const widgets = {
  "layout.eta": LAYOUT,
  "widgets/price.eta": "---\ntitle: Price\ncommand: redis-cli SET price 1\n---\n<b><%= data %></b>",
  "widgets/price.samples.json": '{ "one": { "data": 1 } }',
  "widgets/vitals.eta": "---\nparams:\n  of: [a, b]\n---\n<i><%= data %></i>",
  "widgets/vitals.samples.json": '{ "one": { "data": 1 } }',
  "widgets/feed.eta": '---\nkind: log\n---\n<li id="<%= id %>"><%= data %></li>',
  "widgets/rows.eta": '---\nkind: log\nelement: tbody\n---\n<tr id="<%= id %>"><td><%= data %></td></tr>',
  "widgets/secret.eta": "---\naccess: page\n---\n<b><%= data %></b>",
};
const site = (page: string, more: Record<string, string> = {}, options = {}) =>
  viewsOf({ ...widgets, "pages/index.eta": page, ...more }, undefined, options);
const shown = (page: string, { more = {}, options = {}, ...parts }: Record<string, object | boolean> = {}) =>
  pageText(site(page, more as Record<string, string>, options as object), "index", {
    cursor: "c",
    fill: ({ name }) => `[${name}]`,
    ...parts,
  });
const mistake = (page: string) => thrown(() => site(page)).message.split("\n")[0];

describe("card()", () => {
  test("is a region under its widget’s title, which leads to the topic’s own page, or else to the gallery", async () => {
    const html = await shown('<%~ card("price") %> <%~ card("vitals/here") %>', {
      more: { "pages/price.eta": "Price" },
    });
    expect(html).toContain(
      '<section class="card">\n<h2 id="_card-price"><a href="/price">Price</a></h2>\n<div id="price"',
    );
    expect(html).toContain(`<h2 id="_card-${region("vitals/here").id}"><a href="/widgets/vitals">vitals</a></h2>`);
    expect(html).toContain("/events?regions=price,vitals%2Fhere&amp;cursor=c");
  });

  test("takes the region’s params, a title of its own, and where that leads", async () => {
    const html = await shown('<%~ card("vitals", { params: { of: "a" }, title: "A & B", link: "/far" }) %>');
    expect(html).toContain('><a href="/far">A &amp; B</a></h2>');
    expect(html).toContain("[vitals?of=a]");
    expect(await shown('<%~ card("vitals", { link: "" }) %>')).toContain('<h2 id="_card-vitals">vitals</h2>');
  });

  test("has a list in a box that keeps to its newest item, and rows in a table", async () => {
    const html = await shown('<%~ card("feed") %> <%~ card("rows") %>');
    expect(html).toContain('<div class="newest" role="log" aria-labelledby="_card-feed" tabindex="0">\n<ul id="feed"');
    expect(html).toMatch(/<table><tbody id="rows"[^>]*>\[rows\]<\/tbody><\/table>/);
  });

  test("says what fills it to those who may know, with a button where anybody may publish", async () => {
    const page = '<%~ card("price") %> <%~ card("vitals") %> <%~ card("feed") %>';
    expect(await shown(page)).not.toContain("hint");
    const hints = await shown(page, { options: { hints: true, actions: new Set() } });
    expect(hints).toContain('<div class="hint"><span>Filled by <code>redis-cli SET price 1</code></span></div>');
    expect(hints).toContain('<a href="/widgets/feed#_use">publishing to <code>feed</code></a>');
    expect(hints).not.toContain("<form");
    const open = await shown(page, { options: { hints: true, actions: new Set([SAMPLE_ACTION]) } });
    expect(open.match(/action="\/actions\/brooklet\/sample"/g)).toHaveLength(2); // the feed has no sample
    expect(open).toContain('<input type="hidden" name="topic" value="vitals">');
  });

  test("says nothing of what fills a topic that is its visitor’s own, or its page’s alone", async () => {
    const page = "<%~ card('price/' + visitor()) %> <%~ card('secret') %>";
    expect(await shown(page, { options: { hints: true } })).not.toContain("hint");
  });

  test("of an unknown widget is refused at its line, with what was meant", () => {
    expect(mistake(`<p>\n<%~ card("prise") %>`)).toContain(
      'views/pages/index.eta:2: card("prise"): there is no widget “prise”. Did you mean “price”?',
    );
  });

  test("with an option that is misspelt is refused, with what was meant", () => {
    expect(mistake('<%~ card("vitals", { parms: { of: "a" } }) %>')).toContain("Did you mean “params”?");
  });
});

describe("a board in front matter", () => {
  const BOARD = "---\ntitle: Today\ndescription: What is on.\nboard: [[vitals, price], [feed]]\n---\n";

  test("is a whole page, of its title, its description and its cards in rows", async () => {
    const html = await shown(BOARD);
    expect(html).toContain('<h1>Today</h1>\n<p class="lead">What is on.</p>\n\n<div class="board">');
    const rows = html.split('<div class="row">').slice(1);
    expect(rows.map((row) => [...row.matchAll(/id="_card-(\w+)"/g)].map(([, id]) => id))).toEqual([
      ["vitals", "price"],
      ["feed"],
    ]);
  });

  test("comes below what the template says, or where it says board()", async () => {
    const below = await shown(`${BOARD}<h1>Mine</h1>`);
    expect(below).not.toContain("Today</h1>");
    expect(below.indexOf("Mine")).toBeLessThan(below.indexOf('class="board"'));
    const placed = await shown(`${BOARD}<%~ board() %><p>Last</p>`);
    expect(placed.indexOf("Last")).toBeGreaterThan(placed.indexOf("_card-feed"));
    expect(placed.match(/class="board"/g)).toHaveLength(1);
  });

  test("has cards with options", async () => {
    const html = await shown(
      "---\nboard:\n  - [{ topic: vitals, params: { of: b }, title: Ours, link: /ours }]\n  - [price/ACME]\n---\n",
    );
    expect(html).toContain('<a href="/ours">Ours</a>');
    expect(html).toContain("[vitals?of=b]");
    expect(html).toContain("[price/ACME]");
  });

  test.each([
    ["[[vitals], [prise]]", "2: board: No template under views/widgets renders “prise”. Did you mean “price”?"],
    ["\n  - [vitals]\n  - [prise]", "4: board: No template under views/widgets renders “prise”. Did you mean “price”?"],
    ["[[price], [price]]", "2: board: card(): the region price is on this page already"],
    ["[[{ topic: vitals, params: { off: a } }]]", "2: board: The params of widget “vitals” is not as declared."],
    ["price", "2: “board” must be a list of rows, and each row a list of topics, such as [[vitals, price], [feed]]."],
    ["[price, vitals]", "2: “board” must be a list of rows, and each row a list of topics"],
    ["[[]]", "2: “board” must be a list of rows, and each row a list of topics"],
    ["[[{ topik: price }]]", "2: “board” must be rows of cards, of which none has a “topik”. Did you mean “topic”?"],
    ["[[{ title: Price }]]", "2: “board” must be rows of cards, each a topic, or { topic: updates,"],
    ["[[1]]", "2: “board” must be rows of cards, each a topic, or { topic: updates,"],
    ["[[a, b, c, d, e, f, g]]", "2: “board” must be rows of at most 6 cards."],
  ])("that is wrong is refused at its line: %s", (board, message) => {
    expect(mistake(`---\nboard: ${board}\n---\n`)).toContain(`views/pages/index.eta:${message}`);
  });
});

test("a page of a topic that no template renders names to its author the file to write, in a board as elsewhere", () => {
  const told = (page: string) => thrown(() => site(page, {}, { development: true })).message.split("\n")[0];
  const mend = "No template under views/widgets renders “alerts/1”. Write views/widgets/alerts.eta.";
  expect(told("---\nboard: [[alerts/1]]\n---\n")).toContain(`views/pages/index.eta:2: board: ${mend}`);
  expect(told('<% const topic = "alerts/1" %>\n<%~ live(topic) %>')).toContain(`views/pages/index.eta:2: ${mend}`);
});

describe("the root element", () => {
  const root = async (matter: string, parts = {}) =>
    /<html[^>]*>/.exec(await shown(`---\ntitle: A page\n${matter}---\nHi`, parts))![0];

  test("has the language and the direction of the page, or else the layout’s", async () => {
    expect(await root("")).toBe('<html lang="en">');
    expect(await root("lang: ar\ndir: rtl\n")).toBe('<html lang="ar" dir="rtl">');
    expect(mistake("---\ndir: up\n---\n")).toContain("“dir” must be ltr or rtl.");
  });

  test.each([
    ["deutsch", "; here perhaps de."],
    ["German", "; here perhaps de."],
    ["de_DE", "; here perhaps de-DE."],
    ["klingonese", "."],
    ["de DE", "."],
    ["12", "."],
    ["null", "."],
  ])("is refused a language that no browser knows, with the one that was meant: %s", (lang, meant) => {
    const must = "index.eta:2: “lang” must be the code of a language, such as en, de or pt-BR";
    expect(mistake(`---\nlang: ${lang}\n---\n`)).toContain(must + meant);
  });

  test("is refused one that its layout gives it, at that line", () => {
    const of = (options: string) =>
      thrown(() => site("Hi", { "layout.eta": `<%~ body %>\n<html <%~ root(${options}) %>>` })).message;
    const must = "layout.eta:2: root(): “lang” must be the code of a language, such as en, de or pt-BR";
    expect(of('{ lang: "deutsch" }')).toContain(`${must}; here perhaps de.`);
    expect(of("{ lang: 1 }")).toContain(`${must}.`);
    expect(of('{ dir: "up" }')).toContain("layout.eta:2: root(): “dir” must be ltr or rtl.");
    expect(of('{ language: "de" }')).toContain("layout.eta:2: root() has no option “language”.");
    expect(of('"de"')).toContain("layout.eta:2: root() takes its options as { lang: … }");
  });

  test("says that the page hangs on a wall, and of no page after it that does not", async () => {
    const views = site("Hi");
    const page = (wall: boolean) => pageText(views, "index", { cursor: "c", fill: () => "", wall });
    expect(await page(true)).toContain('<html lang="en" class="wall">');
    expect(await page(false)).toContain('<html lang="en">');
    expect(await page(true)).toContain('<html lang="en" class="wall">');
    expect(mistake("---\nquery:\n  wall: [true]\n---\n")).toContain(":2: “wall” in an address is the engine’s own");
  });
});
