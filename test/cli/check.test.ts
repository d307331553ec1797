import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { check } from "../../src/cli/check/check.ts";
import { printed } from "../../src/cli/check/finding.ts";
import { KIT, kitWidgets } from "../../src/kit/kit.ts";
import { FIXTURES, ROOT, writeFiles } from "../support/folders.ts";

const LAYOUT = `<!doctype html>
<html lang="en">
<head><%~ head() %><title><%= title %></title></head>
<body>
<main><%~ body %></main>
<%~ stream() %>
</body>
</html>
`;

/** A project with these files in it, besides a layout. */
function project(files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-check-"));
  cpSync(FIXTURES.public, join(dir, "public"), { recursive: true });
  writeFiles(dir, { "views/layout.eta": LAYOUT, ...files });
  return dir;
}

/** What is found in a project, as it is printed in its folder. */
async function found(
  files: Record<string, string>,
  ...validator: Parameters<typeof check> extends [string, ...infer V] ? V : never
) {
  const dir = project(files);
  return printed(await check(dir, ...validator))
    .replaceAll(`${basename(dir)}/`, "")
    .split("\n");
}

const widget = (template: string, samples: object = {}, name = "price") => ({
  [`views/widgets/${name}.eta`]: template,
  [`views/widgets/${name}.samples.json`]: JSON.stringify(samples),
});
const page = (template: string, name = "index") => ({ [`views/pages/${name}.eta`]: template });
const LOG = "---\nkind: log\n---\n";
/** Takes an object with a number, and adds a unit where there is none. */
const SCHEMA = `export default { "~standard": { version: 1, vendor: "test", validate: (value: any) =>
  typeof value.n === "number" ? { value: { unit: "K", ...value } } : { issues: [{ message: "Write a number.", path: ["n"] }] } } };`;
const schema = (text = SCHEMA, name = "price") => ({ [`views/widgets/${name}.schema.ts`]: text });

test.each<[string, Record<string, string>, string]>([
  [
    "a page with a parameter, at a value that its front matter lists",
    page('---\nparams: { room: [hall, attic] }\n---\n<p><a href="/<%= params.room %>s">Away</a></p>', "rooms/[room]"),
    "views/pages/rooms/[room].eta:4: /halls leads nowhere. Write views/pages/halls.eta, or lead elsewhere.",
  ],
  [
    "a picture among several sizes that is not there",
    page('<p><img alt="" src="/" srcset="/ 1x, /big.png 2x"></p>'),
    'views/pages/index.eta:1: /big.png leads nowhere. A file under public is asset("big.png") in a template.',
  ],
  [
    "a page where the server itself answers",
    page("<p></p>", "healthz"),
    "views/pages/healthz.eta: nobody sees it: the server itself answers at /healthz. Rename the file; what is taken, begins with actions, assets, chat, docs, events, healthz, here, inspector, join, metrics, publish, readyz, stream, topics, v1, widgets.",
  ],
  [
    "a page with a parameter, of which no value is known",
    page('---\nparams: { room: "[A-Z]{3}" }\n---\n<p></p>', "rooms/[room]"),
    "views/pages/rooms/[room].eta: nothing is known that its path may be, so that it was not looked at. In “params” list the values, or a pattern that takes “example”, the name of the parameter or 1.",
  ],
  [
    "two pages at the same addresses",
    { ...page("<p></p>", "rooms/[room]"), ...page("<p></p>", "rooms/[id]") },
    "views/pages/rooms/[room].eta:1: views/pages/rooms/[id].eta answers the same addresses. Keep one of them.",
  ],
  [
    "a sample that its schema does not take",
    { ...widget("<b><%= data.n %></b>", { hot: { data: { n: "x", unit: "C" } } }), ...schema() },
    "views/widgets/price.samples.json:1: sample “hot” does not fit the schema: /data/n: Write a number. Mend it, or the schema.",
  ],
  [
    "an earlier value of a sample that its schema does not take",
    { ...widget("<b><%= data.n %></b>", { hot: { data: { n: 1, unit: "C" }, history: [{}] } }), ...schema() },
    "views/widgets/price.samples.json:1: sample “hot” does not fit the schema: /history/0/n: Write a number. Mend it, or the schema.",
  ],
  [
    "a first value that its schema does not take",
    { ...widget("---\ninitial: {}\n---\n<b><%= data.n %></b>", { hot: { data: { n: 1, unit: "C" } } }), ...schema() },
    "views/widgets/price.eta: “initial” does not fit the schema: /n: Write a number. Mend it, or the schema.",
  ],
  [
    "a schema that would change what it checks",
    { ...widget("<b><%= data.n %></b>", { hot: { data: { n: 1 } } }), ...schema() },
    "views/widgets/price.samples.json:1: sample “hot” does not fit the schema: /data/unit: the schema makes another value of it, and what is shown is the one that was published: a schema checks, and changes nothing. Mend it, or the schema.",
  ],
  [
    "a file of a schema that exports none",
    { ...widget("<b></b>"), ...schema("export const schema = 1;") },
    "views/widgets/price.schema.ts: it exports no schema. Write: export default z.object({ price: z.number() });",
  ],
  [
    "a schema without a template",
    { ...widget("<b></b>"), ...schema(SCHEMA, "prise") },
    "views/widgets/prise.schema.ts: it has no template beside it. Did you mean “price”?",
  ],
  [
    "a template that does not compile",
    widget("<b>\n<%= data. %></b>"),
    "views/widgets/price.eta:2: Unexpected token ')'",
  ],
  [
    "front matter with a key that there is not",
    widget("---\nkeeep: 3\n---\n<b></b>"),
    "views/widgets/price.eta:2: front matter has no key “keeep”. Did you mean “keep”?",
  ],
  [
    "an item without its id",
    widget(`${LOG}<li><%= data %></li>`),
    'views/widgets/price.eta:4: the first tag of a log’s template must carry id="<%= id %>", so that its items can be replaced and removed: <li id="<%= id %>">.',
  ],
  [
    "an item beside its root",
    widget(`${LOG}<li id="<%= id %>"><%= data %></li><li>more</li>`, { one: { data: 1 } }),
    'views/widgets/price.eta: sample “one” is not rendered: Widget “price” does not render this value to one item. An item is one element that carries id="<%= id %>", or nothing; here it has more than one element.',
  ],
  [
    "a page with a region that no widget shows",
    { ...widget("<b><%= data %></b>"), ...page('<h1>A</h1>\n<%~ live("prise") %>') },
    'views/pages/index.eta:2: live("prise"): there is no widget “prise”. Did you mean “price”?',
  ],
  [
    "a form of an action that there is not",
    {
      ...page('<h1>A</h1>\n<form <%~ action("wafe") %>><button>Wave</button></form>'),
      "src/actions/wave.ts": "export default 1;",
    },
    'views/pages/index.eta:2: action("wafe"): there is no action “wafe”. Did you mean “wave”?',
  ],
  [
    "samples that are none",
    widget("<b><%= data %></b>", { one: { dta: 1 } }),
    "views/widgets/price.samples.json:1: sample “one” has no key “dta”. Did you mean “data”?",
  ],
  ...["data", "history[0]"].map((changed): [string, Record<string, string>, string] => [
    `a template that changes ${changed}, which is published`,
    widget(`<b><% ${changed}.sort() %><%= data %></b>`, { one: { data: [2, 1], history: [[2, 1]] } }),
    "views/widgets/price.eta:1: sample “one” is not rendered: Cannot assign to read only property '0' of object '[object Array]'. A template cannot change data: copy it first, as data.toSorted() and { ...data } do.",
  ]),
  [
    "a sample on which a template throws",
    widget("<b>\n<%= data.a.b %></b>", { whole: { data: { a: { b: 1 } } }, empty: { data: {} } }),
    "views/widgets/price.eta:2: sample “empty” is not rendered: Cannot read properties of undefined (reading 'b')",
  ],
  [
    "a sample that is refused",
    widget('<% if (data < 0) refuse("publish a price") %><b><%= data %></b>', { low: { data: -1 } }),
    "views/widgets/price.eta: sample “low” is refused: publish a price",
  ],
  [
    "a field that no sample has, and another that was meant",
    widget("<b>\n<%= data.symbl %></b>", { one: { data: { symbol: "ACME" } } }),
    "views/widgets/price.eta:2: this reads data.symbl, which no sample has. Did you mean “symbol”?",
  ],
  [
    "a field deep in a list that no sample has",
    widget("<% for (const { from, subject } of data.mails) { %>\n<b><%= from %></b> <%= subject %><% } %>", {
      one: { data: { mails: [{ from: "Ada" }] } },
    }),
    "views/widgets/price.eta:1: this reads data.mails[].subject, which no sample has. Add it to one in views/widgets/price.samples.json.",
  ],
  [
    "a field where no sample leads",
    widget("<% if (data.on) { %>\n<b><%= data.since %></b><% } %><i><%= data.on %></i>", {
      off: { data: { on: false } },
    }),
    "views/widgets/price.eta:2: this reads data.since, which no sample has. Add it to one in views/widgets/price.samples.json.",
  ],
  [
    "a value that is written as it is",
    widget("<b>\n<%~ data.text %></b>", { one: { data: { text: "Tea" } } }),
    "views/widgets/price.eta:2: <%~ %> writes data.text as it is, so that whoever publishes it puts HTML of their own on the page. Write <%= %>; or <%~ markdown(…) %> for text with marks.",
  ],
  [
    "one that becomes HTML in a roundabout way",
    widget('<% const bold = (text) => "<b>" + text + "</b>"; %>\n<p><%~ bold(data.text) %></p>', {
      one: { data: { text: "Hi" } },
    }),
    "views/widgets/price.eta:2: <%~ %> writes data.text as it is, so that whoever publishes it puts HTML of their own on the page. Write <%= %>; or <%~ markdown(…) %> for text with marks.",
  ],
  [
    "one in an attribute without quotes",
    widget("<b\nclass=<%= data %>>1</b>", { one: { data: "up" } }),
    "views/widgets/price.eta:2: data stands in an attribute without quotes, in which a space begins an attribute of its publisher's. Put quotes around it.",
  ],
  [
    "a field in a region, in which what is typed is lost",
    widget('<p><%= data %></p>\n<label>Name <input name="name"></label>', { one: { data: 1 } }),
    "views/widgets/price.eta:2: what is typed in this <input> is lost when the next value comes. Put it on a page, beside the region; or give it an id and hx-preserve.",
  ],
  [
    "more elements than a page swaps well",
    widget("<% for (let i = 0; i <= 500; i++) { %><i></i><% } %>", { many: { data: 1 } }),
    "views/widgets/price.eta: sample “many” renders 501 elements, of which a page swaps at most 500 well. Show fewer of them.",
  ],
  [
    "an id twice in a fragment",
    widget('<b id="a"></b>\n<i id="a"></i>', { one: { data: 1 } }),
    "views/widgets/price.eta:2: the id “a” is there twice. Give each element another, or a class.",
  ],
  [
    "an id that each item of a list has",
    widget(`${LOG}<li id="<%= id %>">\n<b id="name"></b></li>`, { one: { data: 1 } }),
    'views/widgets/price.eta:5: the id “name” is in each item. Make it of the item’s own: id="<%= id %>-…".',
  ],
  [
    "an id twice on a page",
    {
      ...widget('<b id="a"><%= data %></b>', { one: { data: 1 } }),
      ...page('<h1>A</h1>\n<p id="a"></p>\n<%~ live("price") %>'),
    },
    "views/widgets/price.eta:1: the id “a” is on the page / twice. Give each element another, or a class.",
  ],
  [
    "HTML that browsers read otherwise",
    widget('<b class="a" class="b"><%= data %></b>', { one: { data: 1 } }),
    "views/widgets/price.eta:1: browsers read this otherwise than it is written: duplicate attribute.",
  ],
  [
    "an element that is never closed",
    page("<h1>A</h1>\n<div><p>1"),
    "views/pages/index.eta:2: this <div> is never closed.",
  ],
  [
    "HTML that is not as the standard has it",
    page("<h1>A</h1>\n<ul><li>1</li>\n<div>2</div></ul>"),
    "views/pages/index.eta:3: not HTML as the standard has it: <div> element is not permitted as content under <ul>.",
  ],
  [
    "a link that leads nowhere, and where it was meant to lead",
    { ...page('<h1>A</h1>\n<a href="/gests">Guests</a>'), ...page("<h1>Guests</h1>", "guests") },
    "views/pages/index.eta:2: /gests leads nowhere. Did you mean “/guests”?",
  ],
  [
    "a picture that is not there",
    page('<h1>A</h1>\n<img src="/logo.png" alt="">'),
    'views/pages/index.eta:2: /logo.png leads nowhere. A file under public is asset("logo.png") in a template.',
  ],
  [
    "a picture that is not there, by an address as files under public have it",
    page('<h1>A</h1>\n<img src="/assets/none.png" alt="">'),
    'views/pages/index.eta:2: /assets/none.png leads nowhere. A file under public is asset("none.png") in a template.',
  ],
  [
    "a link that leads nowhere from where its page is",
    {
      ...page(
        '<h1>A</h1>\n<a href="rooms">Rooms</a> <a href="../guests?all">Guests</a> <a href="hall">Hall</a>',
        "rooms/hall",
      ),
      ...page("<h1>Rooms</h1>", "rooms/index"),
      ...page("<h1>Guests</h1>", "guests"),
    },
    "views/pages/rooms/hall.eta:2: “rooms” leads from /rooms/hall to /rooms/rooms, which leads nowhere. Did you mean “/rooms”?",
  ],
  [
    "a link that leads nowhere up from where its page is, as its widget has it",
    {
      ...widget('<b><%= data %></b>\n<a href="./../gests">Guests</a>', { one: { data: 1 } }),
      ...page('<h1>A</h1><%~ live("price") %>', "rooms/hall"),
      ...page("<h1>Guests</h1>", "guests"),
    },
    "views/widgets/price.eta:2: “./../gests” leads from /rooms/hall to /gests, which leads nowhere. Did you mean “/guests”?",
  ],
  [
    "a link that is no address",
    page('<h1>A</h1>\n<a href="https://[">B</a> <a href="mailto:a@b.example">C</a> <a href="//c.example/d">D</a>'),
    "views/pages/index.eta:2: “https://[” is no address.",
  ],
  [
    "a picture by the name that its file under public has",
    { ...page('<h1>A</h1>\n<img src="hall.svg" alt="">'), "public/pictures/hall.svg": "<svg/>" },
    'views/pages/index.eta:2: “hall.svg” leads from / to /hall.svg, which leads nowhere. The file public/pictures/hall.svg is asset("pictures/hall.svg") in a template.',
  ],
  [
    "a link to a file under public, by its name",
    { ...page('<h1>A</h1>\n<a href="/plan.pdf">Plan</a>'), "public/plan.pdf": "" },
    'views/pages/index.eta:2: /plan.pdf leads nowhere. The file public/plan.pdf is asset("plan.pdf") in a template.',
  ],
  [
    "a poster of a film that was meant otherwise",
    page('<h1>A</h1>\n<video poster="favicn.svg" controls></video>'),
    'views/pages/index.eta:2: “favicn.svg” leads from / to /favicn.svg, which leads nowhere. Did you mean asset("favicon.svg")?',
  ],
  [
    "a form that asks a page which there is not",
    { ...page('<h1>A</h1>\n<form action="/serch"><button>Search</button></form>'), ...page("<h1>S</h1>", "search") },
    "views/pages/index.eta:2: /serch leads nowhere. Did you mean “/search”?",
  ],
  [
    "a form that is sent where nothing takes it",
    page('<h1>A</h1>\n<form action="/save" method="post"><button>Save</button></form>'),
    'views/pages/index.eta:2: /save takes nothing that a form sends. What a form does is an action: <form <%~ action("…") %>>.',
  ],
  [
    "a form that is sent to its page",
    page('<h1>A</h1>\n<form method="post"><button>Wave</button></form>'),
    'views/pages/index.eta:2: / takes nothing that a form sends. What a form does is an action: <form <%~ action("…") %>>.',
  ],
  [
    "a button that sends a form elsewhere, where there is an action",
    {
      ...page(
        '<h1>A</h1>\n<form action="/" method="get"><button formmethod="POST" formaction="/waves">Wave</button></form>',
      ),
      "src/actions/wave.ts": "export default 1;",
    },
    'views/pages/index.eta:2: /waves takes nothing that a form sends. Did you mean <form <%~ action("wave") %>>?',
  ],
  [
    "a form that is sent to an action that there is not",
    {
      ...page(
        '<h1>A</h1>\n<form action="/actions/wafe" method="post"><button>1</button></form><form action="/actions/wave" method="post"><button>2</button></form>',
      ),
      "src/actions/wave.ts": "export default 1;",
    },
    'views/pages/index.eta:2: /actions/wafe takes nothing that a form sends. Did you mean <form <%~ action("wave") %>>?',
  ],
  [
    "a link to a place that the page does not have",
    page('<h1 id="top-of-it">A</h1>\n<a href="#top-of-itt">Up</a>'),
    "views/pages/index.eta:2: nothing on the page has the id “top-of-itt”. Did you mean “top-of-it”?",
  ],
  [
    "a link to a place, with a % that is none of an address",
    page('<h1 id="50%">A</h1>\n<a href="#50%">Up</a>'),
    "views/pages/index.eta:2: in #50% a % begins no character: write %25 for the sign itself.",
  ],
  [
    "no fault in what is taken out of a field",
    widget("<% const { used } = data.memory; const { memory } = data; %><b><%= used %> <%= memory.used %></b>", {
      one: { data: { memory: { used: 1 } } },
    }),
    "",
  ],
  [
    "a source that no widget shows",
    {
      ...widget("<b><%= data %></b>", { one: { data: 1 } }),
      "src/sources/prise.ts": "throw new Error('nothing of it is run');\nexport default 1;",
    },
    "src/sources/prise.ts: No template under views/widgets renders “prise”. Did you mean “price”?",
  ],
  [
    "a source that is not exported",
    { ...widget("<b><%= data %></b>", { one: { data: 1 } }), "src/sources/price.ts": "export const price = 1;" },
    "src/sources/price.ts: nothing is exported by default, so that nothing is taken from here. Write: export default …",
  ],
  [
    "an action without anything in it",
    { "src/actions/wave.ts": "" },
    "src/actions/wave.ts: nothing is exported by default, so that nothing is taken from here. Write: export default …",
  ],
  [
    "a style that no browser heeds here",
    widget('<b\nstyle="color: red"><%= data %></b>', { one: { data: 1 } }),
    'views/widgets/price.eta:1: no page lets style="…" pass. Write a class, and its rule in public/style.css.',
  ],
  [
    "a picture that no browser shows here",
    widget('<p><%= data.name %></p>\n<img src="<%= data.face %>" alt="">', {
      one: { data: { name: "Ada", face: "https://faces.example/ada.png" } },
    }),
    "views/widgets/price.eta:2: no page lets pictures or media from https://faces.example pass. Put the file into public; or set MEDIA_ORIGINS=https://faces.example, for the server and for this check.",
  ],
  [
    "a script that no browser runs here",
    page('<h1>A</h1>\n<button type="button" onclick="alert()">1</button>'),
    'views/pages/index.eta:2: no page lets onclick="…" pass. What a button does is an action: <form <%~ action("…") %>><button>…</button></form>.',
  ],
  [
    "another, which stands in the page",
    page("<h1>A</h1>\n<script>alert()</script>"),
    'views/pages/index.eta:2: no page lets a script pass that stands in it. Put it into public, and write <script src="<%= asset("….js") %>" defer></script>.',
  ],
  [
    "a layout that leaves out what keeps a page up to date",
    {
      ...widget("<b><%= data %></b>"),
      ...page('<h1>A</h1><%~ live("price") %>'),
      "views/layout.eta": LAYOUT.replace("<%~ stream() %>", ""),
    },
    "views/layout.eta: nothing would ever change on a page: put <%~ stream() %> last in its body, for what is live in views/pages/index.eta",
  ],
  ...(
    [
      ["pages/index.html", "nothing reads it: a template ends in .eta. Rename it to views/pages/index.eta."],
      ["widgets/tea.htm", "nothing reads it: a template ends in .eta. Rename it to views/widgets/tea.eta."],
      ["Widget/tea.eta.html", "nothing reads it: a template ends in .eta. Rename it to views/widgets/tea.eta."],
      ["pages/tea.ejs", "nothing reads it: a template ends in .eta. Rename it to views/pages/tea.eta."],
      ["page/tea.eta", "nothing reads it. Move it to views/pages/tea.eta."],
      ["Widgets/tea.eta", "nothing reads it. Move it to views/widgets/tea.eta."],
      ["tea.eta", "nothing shows it. As a page it is views/pages/tea.eta, as a widget views/widgets/tea.eta."],
      ["tea.css", 'no page can have it from here. Move it to public/tea.css: in a template that is asset("tea.css").'],
      [
        "widgets/tea.sample.json",
        "nothing reads it: a widget’s samples are in a file such as views/widgets/tea.samples.json.",
      ],
      ["words.yml", "nothing reads it. Rename it to views/words.yaml."],
    ] as const
  ).map(([path, mend]): [string, Record<string, string>, string] => [
    `views/${path}, which nothing reads`,
    { [`views/${path}`]: "" },
    `views/${path}: ${mend}`,
  ]),
  [
    "samples of which none fits the schema, as one",
    {
      ...widget("<b><%= data.n %></b>", { hot: { data: { n: "x" } }, cold: { data: { n: "y" } } }),
      ...schema(),
    },
    "views/widgets/price.samples.json: none of the samples fits the schema. Write samples of what is published to “price”, or mend the schema. Of “hot”: /data/n: Write a number.",
  ],
  [
    "a sample that its schema does not take in many places, as one",
    {
      ...widget("<b><%= data.n %></b>", {
        hot: { data: { n: "x" }, history: [{}, {}, {}, {}] },
        cold: { data: { n: 1, unit: "C" } },
      }),
      ...schema(),
    },
    "views/widgets/price.samples.json:1: sample “hot” does not fit the schema: /data/n: Write a number. /history/0/n: Write a number. /history/1/n: Write a number. And 2 more. Mend it, or the schema.",
  ],
  [
    "a widget that shows another topic",
    widget('<b>\n<%~ live("tea") %></b>'),
    "views/widgets/price.eta:2: live() is for pages: a widget shows the values of its own topic alone. Place the other one on the page, beside this one’s; or publish what it is to show to this one.",
  ],
  ["no layout", { "views/layout.eta": "" }, ""],
])("finds %s", async (_, files, line) => {
  const lines = await found(files);
  expect(lines.slice(0, -1)).toEqual(line === "" ? [] : [line]);
});

describe("what is found", () => {
  test("is sorted by file and line, each once, with how much was looked at", async () => {
    const files = {
      ...widget("<b>\n<%= data.symbl %></b> <%= data.prise %>", { one: { data: { symbol: "ACME", price: 1 } } }),
      ...widget("<%~ data %>", { one: { data: 1 } }, "alpha"),
      ...page('<h1>A</h1> <a href="/gests">1</a> <a href="/gests">2</a> <%~ live("price") %>'),
    };
    expect(await found(files)).toEqual([
      "views/pages/index.eta:1: /gests leads nowhere. Write views/pages/gests.eta, or lead elsewhere.",
      expect.stringMatching(/^views\/widgets\/alpha\.eta:1: <%~ %> writes data /),
      expect.stringMatching(/^views\/widgets\/price\.eta:2: this reads data\.prise,/),
      expect.stringMatching(/^views\/widgets\/price\.eta:2: this reads data\.symbl,/),
      "4 to mend in 2 widgets, 1 page",
    ]);
  });

  test("is all that keeps templates from loading, of each of them and of the words", async () => {
    const files = {
      ...widget("<%= data. %>"),
      ...widget("<% if (data) { %>", {}, "other"),
      ...page("---\ntitel: A\n---\n"),
      "views/words.yaml": "lang: en\nlvie: On\n",
    };
    expect(await found(files)).toEqual([
      "views/pages/index.eta:2: front matter has no key “titel”. Did you mean “title”?",
      "views/widgets/other.eta:1: the “{” that is opened here is never closed",
      "views/widgets/price.eta:1: Unexpected token ')'",
      "views/words.yaml:2: there is no word “lvie”. Did you mean “live”?",
      "4 to mend in 2 widgets, 1 page",
    ]);
  });

  test("is nothing where there is nothing to mend; without html-validate it says what was not looked at", async () => {
    const files = { ...widget("<b><%= data %></b>", { one: { data: 1 } }), ...page('<h1>A</h1><%~ live("price") %>') };
    expect(await found(files)).toEqual(["nothing to mend in 1 widget, 1 page"]);
    expect(await found(files, Promise.resolve(undefined))).toEqual([
      "nothing to mend in 1 widget, 1 page",
      "HTML was read as browsers read it. To hold it against the standard, too: npm install --save-dev html-validate",
    ]);
  });
});

test("a widget without samples is no mistake; that it was not tried is said, with the file to write", async () => {
  const files = { ...widget("<b><%= data.symbol %> <%= data.price %></b>"), ...page("<h1>A</h1>") };
  delete files["views/widgets/price.samples.json"];
  expect(await found(files)).toEqual([
    "nothing to mend in 1 widget, 1 page",
    'views/widgets/price.eta was not tried, as it has no samples. Write views/widgets/price.samples.json, such as { "first": { "data": { "symbol": "…", "price": "…" } } }',
  ]);
});

test.each([
  ["<%= data.user.name %><% for (const line of data.lines) { %><% } %>", '{ "user": { "name": "…" }, "lines": [] }'],
  ["<%= data.lines.length %><%= data.lines.map(String) %><%= data.n?.toFixed(2) %>", '{ "lines": [], "n": 0 }'],
  ["<% const { a, b } = data; for (const c of data.b) { %><% } %><%= data.a.c %>", '{ "b": [], "a": { "c": "…" } }'],
  ["<% for (const line of data) { %><% } %><%= data.length %>", "[]"],
  ["<%= data %>", '"…"'],
])("the samples to write have the shape that the template reads: %s", async (template, value) => {
  const files = widget(template);
  delete files["views/widgets/price.samples.json"];
  const [, note] = await found(files);
  expect(note).toContain(`such as { "first": { "data": ${value} } }`);
});

test("where a file cannot be read it is not said how many there are", async () => {
  expect(await found({ ...widget("<b></b>"), ...page("---\ntitle: a\n<p></p>") })).toEqual([
    "views/pages/index.eta:1: the front matter that begins here is never closed: write a line --- below it.",
    "1 to mend, and not all files could be read",
  ]);
});

describe("nothing is found", () => {
  test.each<[string, Record<string, string>]>([
    [
      "in a helper's HTML",
      widget("<div><%~ markdown(data.text) %> <%~ utc(at) %></div>", { one: { data: { text: "*Hi*" } } }),
    ],
    [
      "in HTML that only a value decides on",
      widget('<b<%~ data.up ? \' class="up"\' : "" %>>1</b>', { one: { data: { up: true } } }),
    ],
    [
      "in a field of a name that is computed",
      widget('<% for (const drink of ["Tea"]) { %><b><%= data[drink] ?? 0 %></b><% } %>', {
        one: { data: { Milk: 1 } },
      }),
    ],
    [
      "in what lists, texts and objects have of themselves",
      widget("<b><%= data.names.length %> <%= data.names.toSorted().join() %> <%= JSON.stringify(data) %></b>", {
        one: { data: { names: ["a"] } },
      }),
    ],
    [
      "in a field that cannot be typed in, or is kept",
      widget('<input type="checkbox" disabled aria-label="a"><input id="<%= data %>" hx-preserve aria-label="b">', {
        one: { data: "x" },
      }),
    ],
    [
      "in how HTML is formatted",
      page(
        "<H1>A</H1>\n\n\n  <UL><LI>1<LI>2</UL>   \n<br/><p class=a>x<input value='a' disabled='disabled' aria-label=b>",
      ),
    ],
    [
      "in links to what a server has",
      {
        ...page(
          '<h1>A</h1><a href="/widgets">1</a> <a href="/widgets/price">2</a> <a href="https://example.com/x">3</a> <a href="/#a">4</a><img src="<%= asset("favicon.svg") %>" alt="">',
        ),
        ...widget("<b></b>", { one: { data: 1 } }),
      },
    ],
    [
      "in what a template includes, in samples of a widget, and in what an author keeps beside templates",
      {
        ...page('<h1>A</h1><%~ include("/foot") %><%~ include("/page/head") %>'),
        "views/foot.eta": "<p></p>",
        "views/page/head.eta": "<p></p>",
        "views/parts/b.eta": "<p></p>",
        "views/README.md": "",
        "views/.DS_Store": "",
        ...widget("<b><%= data %></b>", { one: { data: 1 } }),
      },
    ],
  ])("%s", async (_, files) => {
    expect(await found(files)).toEqual([expect.stringMatching(/^nothing to mend/)]);
  });
});

describe("types", () => {
  const config = (include: string) => ({
    "tsconfig.json": `{ "compilerOptions": { "types": [] }, "include": ["${include}"] }`,
  });
  const files = {
    ...page("<p></p>"),
    ...config("src"),
    "src/_price.ts": "\nconst price: string = 1;\nexport const sum = () => prise;\n",
  };

  const checked = async (files: Record<string, string>) => {
    const dir = project(files);
    mkdirSync(join(dir, "node_modules"));
    symlinkSync(join(ROOT, "node_modules/typescript"), join(dir, "node_modules/typescript"));
    return printed(await check(dir)).split("\n");
  };

  test("are looked at by the folder's own TypeScript, and told as all else is", async () => {
    expect(await checked(files)).toEqual([
      "src/_price.ts:2: Type 'number' is not assignable to type 'string'.",
      "src/_price.ts:3: Cannot find name 'prise'. Did you mean 'price'?",
      "2 to mend in 0 widgets, 1 page",
    ]);
  });

  test("are told of tsconfig.json where what is wrong has no other place", async () => {
    const [finding] = await checked({ ...files, ...config("nowhere") });
    expect(finding).toMatch(/^tsconfig\.json: No inputs were found in config file /);
  });

  test("are not looked at where TypeScript is not installed, which is said, nor where nothing is configured", async () => {
    const looked = "nothing to mend in 0 widgets, 1 page";
    const toInstall = "Types were not checked. To have them checked, too: npm install --save-dev typescript";
    expect(await found(files)).toEqual([looked, toInstall]);
    expect(await found(page("<p></p>"))).toEqual([looked]);
  });
});

test("there is nothing to mend in the widgets to take", async () => {
  const dir = project({});
  for (const [folder, below] of [
    ["widgets", "views"],
    ["snippets", "views"],
    ["actions", "src"],
    ["sources", "src"],
  ] as const) {
    const from = join(KIT, folder);
    if (existsSync(from)) cpSync(from, join(dir, below, folder), { recursive: true });
  }
  const checked = await check(dir);
  expect(printed(checked)).toBe(`nothing to mend in ${kitWidgets().size} widgets, 0 pages`);
});
