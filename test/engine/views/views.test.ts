import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseFragment } from "parse5";
import { describe, expect, test } from "vitest";
import { JsonText } from "../../../src/engine/core/json.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { Views } from "../../../src/engine/views/views.ts";
import { priceOf, region, sight, thrown, viewsOf } from "../../support/views.ts";

const params = "---\nparams:\n  friends: [true, false]\n  depth: [1, 2]\n  symbol: '[A-Z]{1,5}'\n---\n";

describe("a fragment", () => {
  test("is the template's HTML with the data escaped, and trimmed", () => {
    const views = priceOf('<b title="<%= data %>"><%= data %></b>\n\n');
    expect(views.fragment(region(), sight(`<img hx-get=/x> & "'`))).toBe(
      '<b title="&lt;img hx-get=/x&gt; &amp; &quot;&#39;">&lt;img hx-get=/x&gt; &amp; &quot;&#39;</b>',
    );
  });

  test("shows nothing for what is missing, and JSON for an object", () => {
    const views = priceOf("<%= data.none %>|<%= data.nil %>|<%= data.zero %>|<%= data.list %>");
    expect(views.fragment(region(), sight({ nil: null, zero: 0, list: ["<"] }))).toBe("||0|[&quot;&lt;&quot;]");
  });

  test("knows history, params, topic and at as plain variables", () => {
    const views = priceOf(`${params}<%= history.join("-") %> <%= params.friends === true %> <%= topic %> <%= at %>`);
    expect(views.fragment(region("price/A?friends=true"), sight(3, { history: [1, 2], at: 9 }))).toBe(
      "1-2 true price/A 9",
    );
  });

  test("leaves everybody's history as it was, though the template reverses its own", () => {
    const history = [1, 2];
    const views = priceOf("<%= history.reverse() %>");
    views.fragment(region(), sight(3, { history }));
    expect(history).toEqual([1, 2]);
  });

  test.each([
    ["body", { body: "<img hx-get=/x>" }],
    ["__blocks", { __blocks: { main: "<img hx-get=/x>" } }],
    ["it", { it: "<img hx-get=/x>", options: "<img>", include: "<img>" }],
  ])("takes nothing raw from a payload's own %s", (_, data) => {
    const views = viewsOf({
      "widgets/price.eta": '<p><%= data %></p><%~ block("main", () => {}) %><%~ include("shared/inner", data) %>',
      "shared/inner.eta": '<%~ block("main", () => {}) %><i><%= it.body %></i>',
    });
    expect(views.fragment(region(), sight(data))).not.toContain("<img");
  });

  test("survives encoding and parsing with NUL, lone surrogates and line ends in the data", () => {
    const views = priceOf("<b><%= data %></b><%~ data %>");
    const html = views.fragment(region(), sight("a\0b\uD800c\u{1F600}"));
    expect(html).toBe("<b>a\uFFFDb\uFFFDc\u{1F600}</b>a\0b\uFFFDc\u{1F600}");
    expect(Buffer.from(html).toString()).toBe(html);
  });

  test("may include other templates, from the views' root or from beside it", () => {
    const views = viewsOf({
      "widgets/price.eta": '<%~ include("shared/money", { amount: data }) %>|<%~ include("./tag.eta") %>',
      "widgets/tag.eta": "tag of <%= topic %>",
      "shared/money.eta": "<b><%= it.amount %></b>\n",
    });
    expect(views.fragment(region(), sight("<5"))).toBe("<b>&lt;5</b>\n|tag of price");
  });

  test("over 64 KiB is refused", () => {
    const views = priceOf("<%= data %>");
    expect(views.fragment(region(), sight("x".repeat(65_536)))).toHaveLength(65_536);
    expect(thrown(() => views.fragment(region(), sight("é".repeat(32_769))))).toMatchObject({
      status: 422,
      code: "fragment_too_large",
    });
  });

  test("that throws is refused; file, line and >> are for the log and not for the publisher", () => {
    const views = priceOf("---\ntitle: Price\n---\n<b>\n<%= data.a.b %>\n</b>");
    const problem = thrown(() => views.fragment(region(), sight({ secret: "hunter2" })));
    expect(problem).toMatchObject({ status: 422, code: "render_failed" });
    expect(problem.message).not.toMatch(/hunter2|\.eta|views|\d/);
    expect(problem.cause).toMatchObject({ name: "AuthorError", line: 5 });
    expect((problem.cause as Error).message).toMatch(
      /views\/widgets\/price\.eta:5: Cannot read[^\n]*\n[\s\S]*>> 5\| <%= data\.a\.b %>/,
    );
  });

  test("that the template itself refuses says why, to every publisher", () => {
    const views = priceOf('<% if (typeof data !== "number") refuse("publish a number") %><%= data %>');
    expect(thrown(() => views.fragment(region(), sight("x")))).toMatchObject({
      status: 422,
      code: "value_refused",
      message: "Widget “price” refuses this value.",
      detail: "publish a number",
    });
  });

  describe("in development, where its publisher is its author,", () => {
    const options = { development: true };

    test("that throws tells the file, the line and the reason", () => {
      const problem = thrown(() => priceOf("\n<%= data.a.b %>", options).fragment(region(), sight({})));
      expect(problem).toMatchObject({
        code: "render_failed",
        detail: expect.stringMatching(/^\S*views\/widgets\/price\.eta:2: Cannot read/),
      });
    });

    test.each([
      ["price", "price is not defined. Write data.price."],
      ["dta", "dta is not defined. Did you mean “data”?"],
      ['asset("a.svg")', "asset is not defined: it is for pages and their layout alone."],
      ["nothing", "nothing is not defined"],
    ])("that reads a name that there is not says what to write: %s", (code, detail) => {
      const problem = thrown<{ detail: string }>(() =>
        priceOf(`\n<%= ${code} %>`, options).fragment(region(), sight({ price: 1 })),
      );
      expect(problem.detail).toMatch(/^\S*views\/widgets\/price\.eta:2: /);
      expect(problem.detail.endsWith(`:2: ${detail}`)).toBe(true);
    });

    test("that changes what was published says what to do instead", () => {
      const sorting = priceOf("<% data.sort() %>", options);
      expect(thrown(() => sorting.fragment(region(), sight(JsonText.of([2, 1]).value)))).toMatchObject({
        detail: expect.stringContaining("price.eta:1: Cannot assign to read only property"),
      });
      expect(
        thrown<{ detail: string }>(() => sorting.fragment(region(), sight(JsonText.of([2, 1]).value))).detail,
      ).toMatch(/A template cannot change data: copy it first, as data\.toSorted\(\) and \{ \.\.\.data \} do\.$/);
    });
  });

  test("that throws in an included template names that one", () => {
    const views = viewsOf({
      "widgets/price.eta": '\n<%~ include("shared/x") %>',
      "shared/x.eta": "a\n<%= data.a.b %>",
    });
    const problem = thrown(() => views.fragment(region(), sight({})));
    expect((problem.cause as Error).message).toContain("views/shared/x.eta:2:");
  });
});

describe("an item of a log", () => {
  const log = (template: string) => priceOf(`---\nkind: log\n---\n${template}`);
  const item = (raw: string) =>
    log('<% if (data === "") { %><% } else { %><li id="<%= id %>"><%~ data %><% } %>').fragment(
      region(),
      sight(raw, { id: "price_1" }),
    );

  test.each([
    "a</li>",
    "<br><img alt='>'><p>a<p>b</p></li>",
    "<ul><li>a<li>b</ul></li>",
    '<svg><path d="M0"/></svg></li>',
    "<!-- </li> --></li>",
    "",
  ])("is one element or nothing: %s", (raw) => {
    expect(item(raw)).toBe(raw && `<li id="price_1">${raw}`);
  });

  test.each([
    ["a</li><li>b</li>", "more than one element"],
    ["a</li>b", "text beside"],
    ["a", "never closed"],
    ["a</li></li>", "closes nothing"],
    ["<b>a</li>", "closes nothing"],
  ])("is refused otherwise: %s has %s", (raw, why) => {
    const problem = thrown(() => item(raw));
    expect(problem).toMatchObject({ status: 422, code: "render_failed" });
    expect(problem.message).toContain(why);
  });

  test("carries its id also where another tag comes first for some values", () => {
    const views = log('<% if (data) { %><li id="<%= id %>"></li><% } else { %><li id="other"></li><% } %>');
    expect(thrown(() => views.fragment(region(), sight(false, { id: "price_1" }))).message).toContain(
      "does not carry the id",
    );
  });

  test.each(["<li><%= data %></li>", '<li class="a">\n<b id="<%= id %>"></b></li>', "text", '<li id="x<%= id %>">'])(
    "must carry its id on the template's first tag: %s is an error at start",
    (template) => {
      expect(() => log(template)).toThrow(/views\/widgets\/price\.eta:\d+: .*<li id="<%= id %>">/);
    },
  );

  test("may have its id behind comments and code", () => {
    const template =
      '<%/* <b> */%><!-- <i> --><% const a = "<p>"; %>\n<li class="<%= data > 1 ? "x" : "" %>" id=\'<%= id %>\'></li>';
    expect(log(template).widget(parseTopic("price"))).toMatchObject({
      kind: "log",
      keep: 50,
      retain: 50,
      element: "ul",
    });
  });
});

describe("a state on an open page", () => {
  const swapOf = (template: string, matter = "") => {
    const views = priceOf(matter === "" ? template : `---\n${matter}\n---\n${template}`);
    const html = views.fragment(region(), sight("x"));
    return [/hx-swap=(\S+?)>/.exec(views.fill(region(), html))![1], html];
  };

  test.each([
    ["<p><%= data %></p>", "<p>x</p>"],
    ["<p>a</p><i>b</i>", "<p>a</p><i>b</i>"],
    ["<h2>a</h2>\n<b>b</b> <ul><li>c</ul>\n", "<h2>a</h2><b>b</b><ul><li>c</ul>"],
    ["<b>a</b>\n<p>b <i>c</i> d</p>", "<b>a</b><p>b <i>c</i> d</p>"],
    ['<svg><path d="M0"/></svg>', '<svg><path d="M0"/></svg>'],
    ["", ""],
  ])("is morphed where it is elements alone, without what does not show between blocks: %j", (template, html) => {
    expect(swapOf(template)).toEqual(["morph:innerHTML", html]);
  });

  test.each([
    "<%= data %>",
    "a <b>b</b>",
    "<b>a</b> b",
    "<b>a</b> <i>b</i>",
    "<b>a</b><!-- b -->",
    "<p>a<div>b</div>c</p>",
    "<b>a",
    "a</b>",
  ])("is replaced where morphing would lose text, or nobody knows: %j", (template) => {
    expect(swapOf(template)).toEqual(["innerHTML", template.replace("<%= data %>", "x")]);
  });

  test("is replaced where its front matter says so, and then as it is written", () => {
    expect(swapOf("<p>a</p> <p>b</p>", "swap: replace")).toEqual(["innerHTML", "<p>a</p> <p>b</p>"]);
  });

  test("takes no value that it cannot morph where its front matter says that it is morphed", () => {
    const views = priceOf("---\nswap: morph\n---\n<p>a</p><%= data %>");
    expect(views.fragment(region(), sight(""))).toBe("<p>a</p>");
    const { status, code, message } = thrown(() => views.fragment(region(), sight("b")));
    expect([status, code]).toEqual([422, "render_failed"]);
    expect(message).toContain("text beside its element. Put one element around all of it.");
  });

  test("has the extension that morphs on its region’s element, and no list has", async () => {
    const views = viewsOf({
      "widgets/a.eta": "<p></p>",
      "widgets/b.eta": "---\nswap: replace\n---\n<p></p>",
      "widgets/c.eta": '---\nkind: log\n---\n<li id="<%= id %>"></li>',
    });
    const html = await views.regions(["a", "b", "c"].map(region), async () => "");
    expect(html.match(/<\w+ id="\w"[^>]*>/g)!.map((tag) => tag.includes(' hx-ext="morph"'))).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("front matter", () => {
  test("says what a widget is", () => {
    const widget = priceOf("---\ntitle: The price\nhistory: 60\nelement: section\n---\n<b></b>").widget(
      parseTopic("price/ACME"),
    );
    expect(widget).toMatchObject({
      name: "price",
      kind: "state",
      retain: 61,
      filtered: false,
      title: "The price",
      element: "section",
    });
  });

  test.each([
    ["30s", 30_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
  ])("says after how long a topic is stale: %s", (text, staleAfterMs) => {
    const views = priceOf(`---\nstale_after: ${text}\n---\n<b></b>`);
    expect(views.staleAfterMs(parseTopic("price/ACME"))).toBe(staleAfterMs);
    expect(priceOf("<b></b>").staleAfterMs(parseTopic("price"))).toBeUndefined();
  });

  test.each([
    [4, 80],
    [1000, 5000],
    [6000, 6000],
  ])("a filtered log that keeps %i retains %i, so that a region can still be filled", (keep, retain) => {
    const widget = priceOf(`---\nkind: log\nkeep: ${keep}\nparams:\n  a: [b]\n---\n<li id="<%= id %>"></li>`).widget(
      parseTopic("price"),
    );
    expect(widget).toMatchObject({ keep, retain, filtered: true });
  });

  test.each([
    ["title: a\nkeeep: 3", "price.eta:3: front matter has no key “keeep”. Did you mean “keep”?"],
    ["kind: list", "price.eta:2: “kind” must be state or log."],
    ["kind: log\nkeep: many", "price.eta:3: “keep” must be a whole number"],
    ["keep: 3", "price.eta:2: “keep” is for kind: log."],
    ["kind: log\ninitial: 3", "price.eta:3: “initial” is for kind: state."],
    ["kind: log\nhistory: 3", "price.eta:3: “history” is for kind: state."],
    ["title: [a]", "“title” must be a text."],
    [
      "title: words.waitin",
      "must be a text, or a word that there is. There is no word “waitin”. Did you mean “waiting”?",
    ],
    ["swap: mroph", "price.eta:2: “swap” must be morph or replace."],
    ["swop: morph", "price.eta:2: front matter has no key “swop”. Did you mean “swap”?"],
    ["kind: log\nswap: morph", "price.eta:3: “swap” is for kind: state."],
    ["element: img", "“element” must be the name of an element of HTML that can hold others"],
    ["initial: 1\nempty: None", "price.eta:3: “empty” is for a widget without a value"],
    ["empty: [a]", "“empty” must be a text."],
    ...["30", "90sec", "[30s]", "0s", "1.5m", "5M", "1d"].map((time): [string, string] => [
      `stale_after: ${time}`,
      "price.eta:2: “stale_after” must be a time in whole seconds, minutes or hours, such as 30s, 5m or 2h.",
    ]),
    ["params: [a]", "“params” must be written as"],
    ["params:\n  a: {b: c}", "a list of known values or a pattern"],
    ["params:\n  a: '['", "a regular expression"],
    [
      "a: b: c",
      'price.eta:2: the front matter is not YAML: a text with a colon and a space in it stands in quotes, as in title: "Tea: hot"',
    ],
    ["- a", "price.eta:2: front matter is written as “key: value”"],
  ])("is refused at start where it is wrong: %j", (matter, message) => {
    expect(thrown(() => priceOf(`---\n${matter}\n---\n<li id="<%= id %>"></li>`)).message).toContain(message);
  });

  test.each(["svg", "g", "text", "foreignObject", "math", "mi", "annotation-xml", "font-face"])(
    "takes no element that htmx would read as another than the server: %s",
    (element) => {
      const { message } = thrown(() => priceOf(`---\nelement: ${element}\n---\n<b></b>`));
      expect(message).toContain("price.eta:2: “element” must be the name of an element of HTML");
      expect(message).toContain("with the whole of its <svg>");
    },
  );

  test.each(["section", "tbody", "h3", "price-tag"])("takes any of HTML that holds others: %s", (element) => {
    expect(priceOf(`---\nelement: ${element}\n---\n<b></b>`).widget(parseTopic("price"))).toMatchObject({ element });
  });

  test("is for pages and widgets only", () => {
    expect(() => viewsOf({ "shared/x.eta": "---\ntitle: a\n---\n" })).toThrow(
      "only pages and widgets have front matter",
    );
  });
});

test("a state that says what it begins with shows that, in place of the waiting state", () => {
  const views = priceOf("---\ninitial: { price: 5 }\n---\n<b><%= data.price %></b>");
  expect(views.waiting(region())).toBe("<b>5</b>");
});

test.each(["state", "log"])("a %s says in its author's words that it has nothing, whoever waits for it", (kind) => {
  const views = priceOf(`---\nkind: ${kind}\nempty: No alerts & no alarms.\n---\n<li id="<%= id %>"></li>`);
  const element = kind === "log" ? "li" : "p";
  const words = `<${element} class="waiting">No alerts &amp; no alarms.</${element}>`;
  expect(views.waiting(region())).toBe(words);
  expect(views.nothing(region())).toBe(words);
});

describe("params", () => {
  const views = priceOf(`${params}<%= JSON.stringify(params) %>`);

  test("are typed as they were declared", () => {
    const html = views.fragment(region("price?depth=2&friends=false&symbol=ACME"), sight(0));
    expect(parseFragment(html).childNodes[0]).toMatchObject({ value: '{"depth":2,"friends":false,"symbol":"ACME"}' });
  });

  test.each([
    ["price?friends=maybe", "“friends” of widget “price” is not as declared. It must be true or false."],
    ["price?symbol=ACME1", "It must match ^(?:[A-Z]{1,5})$."],
    ["price?freinds=true", "It has friends, depth or symbol. Did you mean “friends”?"],
    ["price?toString=x", "It has friends, depth or symbol."],
  ])("that are not declared are refused, by the name of the param and what is known: %s", (name, message) => {
    const problem = thrown(() => views.check(region(name)));
    expect(problem).toMatchObject({ status: 400, code: "region_invalid" });
    expect(problem.message).toContain(message);
  });

  test("of a widget that declares none are refused", () => {
    expect(thrown(() => priceOf("a").check(region("price?a=b"))).message).toContain("It has none.");
  });
});

describe("templates at start", () => {
  test.each([
    ["a\n<% if (x) %>\n<% } %>", 3],
    ["a\n<%\nconst a = 1;\nconst b = ;\n%>", 4],
    ["---\ntitle: a\n---\n<b>\n<%= 1 + %>", 5],
    ["a\n<%= data", 2],
    ["a\n<% if (data) { %>\nb", 2],
  ])("with a syntax error are refused with file, line and >>: %j", (template, line) => {
    const error = thrown<Error & { line: number }>(() => priceOf(template));
    expect(error).toMatchObject({ name: "AuthorError", line });
    expect(error.message).toMatch(new RegExp(`views/widgets/price\\.eta:${line}: [\\s\\S]*>> ${line}\\| `));
  });

  test("that show what no widget renders are refused, also where nobody has been yet", () => {
    const page = '<% if (user) { const card = 1 %>\n<%~ live("prise") %><% } %>';
    expect(() => viewsOf({ "pages/index.eta": page })).toThrow(
      'views/pages/index.eta:2: live("prise"): there is no widget',
    );
  });

  test("that show what no widget renders are refused with the nearest that does", () => {
    const page = '---\ntitle: a\n---\n<p>\n<%~ live("prise/ACME") %>';
    expect(() => viewsOf({ "widgets/price.eta": "a", "pages/index.eta": page })).toThrow(
      'views/pages/index.eta:5: live("prise/ACME"): there is no widget “prise”. Did you mean “price”?',
    );
  });

  test.each([
    ["<p>\n<% if (data) { %>\n<b></b>\n", 2, "the “{” that is opened here is never closed"],
    [
      "<% if (data) { %>\n<% for (const a of data) { %>\n<% } %>\n<b></b>",
      1,
      "the “{” that is opened here is never closed",
    ],
    ["<% if (data) { %>\n<% } %>\n<% } %>\n<b></b>", 3, "a “}” closes nothing that is open here"],
  ])("with a bracket that has no other one are refused at its line: %j", (template, line, what) => {
    expect(() => priceOf(template)).toThrow(`views/widgets/price.eta:${line}: ${what}`);
  });

  test.each([
    ['<h1>A</h1>\n<% live("price") %>', "<% live(…) %> shows nothing: write <%~ live(…) %>."],
    ['<h1>A</h1>\n<% still("price"); %>', "<% still(…) %> shows nothing: write <%~ still(…) %>."],
  ])("that ask for a region and do not place it are refused: %j", (page, told) => {
    expect(() => viewsOf({ "widgets/price.eta": "a", "pages/index.eta": page })).toThrow(
      `views/pages/index.eta:2: ${told}`,
    );
  });

  test("that place a region by a variable are taken", () => {
    const page = '<% const a = live("price"); if (params.b) still("price") %><%~ a %>';
    viewsOf({ "widgets/price.eta": "a", "pages/index.eta": page });
  });

  test.each<[string, Buffer, string]>([
    ["UTF-16, as Windows PowerShell does", Buffer.from("\uFEFF<b>Tea</b>", "utf16le"), ".eta: it is in UTF-16, "],
    ["another code page", Buffer.from("<b>\nCaf\xe9</b>", "latin1"), ".eta:2: this is not in UTF-8, "],
  ])("that were saved in %s are refused, and not shown with other characters", (_, bytes, told) => {
    const dir = join(mkdtempSync(join(tmpdir(), "brooklet-bytes-")), "views");
    mkdirSync(join(dir, "widgets"), { recursive: true });
    writeFileSync(join(dir, "layout.eta"), "<%~ body %><%~ stream() %>");
    writeFileSync(join(dir, "widgets/tea.eta"), bytes);
    expect(() => Views.load(dir, (path) => path)).toThrow(`views/widgets/tea${told}`);
    rmSync(dir, { recursive: true });
  });

  test.each([
    ["stocks/quote", /in one folder\. Move it to \S*views\/widgets\/stocks-quote\.eta\.$/],
    ["My_Quote", /Did you mean “my-quote”\?$/],
  ])("of widgets whose name is no topic are refused with one that is: %s", (name, told) => {
    expect(() => viewsOf({ [`widgets/${name}.eta`]: "a" })).toThrow(told);
  });

  test("that show what a file would render which nothing reads are told of that file", () => {
    expect(() => viewsOf({ "pages/index.eta": '<%~ live("tea") %>', "widgets/tea.html": "" })).toThrow(
      /there is no widget “tea”\. There is \S*views\/widgets\/tea\.html, but nothing reads it: a template ends in \.eta\. Rename it/,
    );
  });

  test.each([
    '<%/* live("prise") */%>',
    'live("prise")',
    "<%~ live('price') %>",
    `<%~ live(\`price/\${1}\`) %>`,
    '<% const a = () => live("p" + "rice") %>',
    '<% const card = (x) => x; %><%= card("hello") %>',
    '<% const a = 1; // was live("old")\n%>',
    `<%= 'write live("nope")' %>`,
    `<%= \`a \${\`live("nope")\`}\` %>`,
    '<%= /live("nope")/.test("x") %>',
  ])("are searched for calls of live(), not for mentions of it: %s", (page) => {
    expect(viewsOf({ "widgets/price.eta": "a", "pages/index.eta": page }).pages).toEqual(["index"]);
  });

  test.each([
    ["{", "1: not JSON at column 2: a } is missing here."],
    ['{\n  "a": { "data": 1 },\n}', "3: not JSON at column 1: the comma before this is one too many."],
    ['{ "a": { "data": [1,] } }', "1: not JSON at column 21: the comma before this is one too many."],
    ['{ "a": { "data": 1 }\n  "b": { "data": 2 } }', "2: not JSON at column 3: a , is missing before this."],
    ["{ 'a': 1 }", "1: not JSON at column 3: texts and names stand in double quotes"],
    ['{ "a" 1 }', "1: not JSON at column 7: a : is missing here."],
    ['{ "a": }', "1: not JSON at column 8: a value is missing here."],
    ['{\n"a: 1 }', '2: not JSON at column 1: the text that begins here has no " at its end.'],
    ['{ "a": { "data": 1 } } // one', "1: not JSON at column 24: JSON has no comments."],
    ["{}\n{}", "2: not JSON at column 1: there is more here than one object."],
    ["", "1: not JSON at column 1: a value is missing here."],
    ["[1]", "1: this must be an object of samples by name."],
    ['{ "a": { "data": 1 },\n"a": { "data": 2 } }', "2: “a” is there twice."],
    ['{\n"a":{"dat":1}}', "2: sample “a” has no key “dat”. Did you mean “data”?"],
    ['{"a":{}}', "1: sample “a” must have “data”."],
  ])("with samples that cannot be read are refused: %s", (samples, message) => {
    expect(() => viewsOf({ "widgets/price.eta": "a", "widgets/price.samples.json": samples })).toThrow(
      `views/widgets/price.samples.json:${message}`,
    );
  });

  test.each(["live", "still", "card", "board"])("refuse a widget that calls %s(), which is for pages", (name) => {
    expect(() => viewsOf({ "widgets/price.eta": `<b>\n<%~ ${name}("list") %></b>` })).toThrow(
      `views/widgets/price.eta:2: ${name}() is for pages: a widget shows the values of its own topic alone.`,
    );
  });

  test.each([
    "<% const card = (x) => x %><%= card(1) %>",
    "<% function live() { return 1 } %><%= live() %>",
    '<%= "live(1)" %><%/* board() */%><%= data.live(1) %>',
    "<% const h = { card(x) { return x; }, async board() {} }; %><%= h.card(1) %>",
    "<% class A { live() {} #card(x) {} } %>",
    "<% function* still(x) {} %>",
    '<%= /board(s)?/.test("x") || /live(x)?/.test("x") %>',
    `<%= \`a \${\`live("x") \${1}\`}\` %>`,
  ])("take a widget with a function of such a name of its own: %s", (template) => {
    expect(viewsOf({ "widgets/price.eta": template }).widgets.size).toBe(1);
  });

  test.each(["open", "Price", "price_1", "sub/price"])("refuse a widget whose name is no topic: %s", (name) => {
    expect(() => viewsOf({ [`widgets/${name}.eta`]: "a" })).toThrow(`views/widgets/${name}.eta: `);
  });

  test("refuse samples that belong to no widget", () => {
    expect(() => viewsOf({ "widgets/price.eta": "a", "widgets/prise.samples.json": "{}" })).toThrow(
      "Did you mean “price”?",
    );
  });
});

test("a topic that no template renders is unknown, with the nearest that is", () => {
  expect(thrown(() => priceOf("a").widget(parseTopic("prise/x")))).toMatchObject({
    status: 404,
    code: "topic_unknown",
    message: "No template under views/widgets renders “prise/x”. Did you mean “price”?",
  });
});

test("a topic that no template renders names the file to its author, and to nobody else", () => {
  const told = (development: boolean) =>
    thrown(() => viewsOf({}, undefined, { development }).widget(parseTopic("guests/1")));
  expect(told(true)).toMatchObject({ code: "topic_unknown", detail: "Write views/widgets/guests.eta." });
  expect(told(false)).toMatchObject({ code: "topic_unknown", detail: undefined });
});

describe("the hashes", () => {
  const files = { "widgets/price.eta": "a", "shared/x.eta": "b", "pages/index.eta": "c" };
  const hashes = (changed: Record<string, string> = {}, asset?: (path: string) => string) =>
    viewsOf({ ...files, ...changed }, asset);
  const { views, shell } = hashes();

  test("are the same for the same files", () => {
    expect(hashes()).toMatchObject({ views, shell });
    expect(views).toMatch(/^[0-9a-z]{4}$/);
    expect(shell).toMatch(/^[0-9a-z]{3}$/);
  });

  test("of the fragments changes with a widget, its front matter and what it may include, and with nothing else", () => {
    expect(hashes({ "widgets/price.eta": "a2" })).toMatchObject({ shell, views: expect.not.stringContaining(views) });
    expect(hashes({ "widgets/price.eta": "---\nhistory: 1\n---\na" }).views).not.toBe(views);
    expect(hashes({ "shared/x.eta": "b2" }).views).not.toBe(views);
    expect(hashes({ "pages/index.eta": "c2" })).toMatchObject({ views, shell: expect.not.stringContaining(shell) });
  });

  test("of the shell changes with the style sheet", () => {
    expect(hashes({}, (path) => `/${path}?v=2`)).toMatchObject({ views, shell: expect.not.stringContaining(shell) });
  });
});

describe("signs", () => {
  const views = viewsOf({
    "widgets/price.eta": "a",
    "widgets/list.eta": '---\nkind: log\n---\n<li id="<%= id %>">',
    "widgets/rows.eta": '---\nkind: log\nelement: tbody\n---\n<tr id="<%= id %>">',
  });

  test.each([
    ["price", '<p class="waiting">'],
    ["list", '<li class="waiting">'],
    ["rows", '<tr class="waiting"><td'],
  ])("a region of %s that waits says so in an element that may stand there", (name, start) => {
    expect(views.waiting(region(name)).startsWith(start)).toBe(true);
    expect(views.stale(region(name), 0, "").startsWith(start.replace("waiting", "stale-notice"))).toBe(true);
  });

  test.each([
    ["price", '<p class="stale-notice">'],
    ["list", '<li id="x" class="stale-notice">'],
    ["rows", '<tr id="x" class="stale-notice"><td colspan="99">'],
  ])("what cannot be shown of %s says so in its place, since when, and no more to visitors", (name, start) => {
    const id = name === "price" ? undefined : "x";
    expect(views.unshowable(region(name), Date.UTC(2026, 0, 2, 3, 4, 5), new Error("secret"), id)).toMatch(
      new RegExp(`^${start}The value of <time datetime="2026-01-02T03:04:05.000Z">[^<]*</time> cannot be shown\\.</`),
    );
  });

  test("a stale region says since when and why, escaped", () => {
    expect(views.stale(region(), Date.UTC(2026, 0, 2, 3, 4, 5), "<b>gone")).toBe(
      '<p class="stale-notice">Stale since <time datetime="2026-01-02T03:04:05.000Z">03:04:05 UTC</time>. &lt;b&gt;gone</p>',
    );
  });

  test("one of which nothing is known but that nothing new came says since which day and time", () => {
    expect(views.stale(region(), Date.UTC(2026, 0, 2, 3, 4, 5), "")).toBe(
      '<p class="stale-notice">No new value since 2 Jan, <time datetime="2026-01-02T03:04:05.000Z">03:04:05 UTC</time>.</p>',
    );
  });

  test("a pulse fills its place with a beat, and at the end with nothing", () => {
    expect(views.pulse("alive")).toMatch(/^<hx-partial id=_pulse hx-swap=innerHTML><span class="beat">/);
    expect(views.pulse("ended")).toBe("<hx-partial id=_pulse hx-swap=innerHTML></hx-partial>");
  });

  test("a notice is escaped, and an empty one takes it away", () => {
    expect(views.notice({ mistake: "<b>" })).toContain('<p class="banner">&lt;b&gt;</p>');
    expect(views.notice({ mistake: "a.eta:1: odd\n\n >> 1| <b>" })).toContain(
      '<p class="banner mistake">a.eta:1: odd\n\n<code> &gt;&gt; 1| &lt;b&gt;</code></p>',
    );
    expect(views.notice("")).toBe("<hx-partial id=_notice hx-swap=innerHTML></hx-partial>");
  });
});
