import { array, assert, constantFrom, letrec, oneof, property, string, tuple } from "fast-check";
import { parseFragment, serialize } from "parse5";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { action } from "../../src/engine/actions/action.ts";
import { formatted, renderFragment, renderPage, startBrooklet, type TestBrooklet } from "../../src/testing/testing.ts";
import { FIXTURES } from "../support/folders.ts";
import { templates } from "../support/server.ts";

const VIEWS = templates({
  "widgets/alerts.eta": `---
kind: log
element: tbody
keep: 3
---
<tr id="<%= id %>"><td><%= data.text %></td><td><form <%~ action("alerts/acknowledge") %>><button name="item" value="<%= item %>">Acknowledge</button></form></td></tr>`,
  "widgets/broken.eta": "<b>\n<%= data.a.b %></b>",
  "widgets/sorted.eta": "<b><% data.sort(); history.reverse(); history[0]?.sort() %></b>",
  "widgets/secret.eta": "---\naccess: page\n---\n<b><%= data %></b>",
  "pages/guests.eta": `<h1>Guests</h1>
<form <%~ action("guests/sign") %>>
<label>Name <input name="name" value="Ada"></label>
<label>Stars <select name="stars"><option>1<option selected>5</select></label>
<label><input type="checkbox" name="news" checked> News</label>
<label><input type="radio" name="size" value="s"> S</label> <label><input type="radio" name="size" value="m" checked> M</label>
<label>Text <textarea name="text">
as it is</textarea></label>
<input type="hidden" name="from" value="here">
<button name="how" value="open">Sign</button> <button name="how" value="hidden">Sign for me alone</button>
<button formaction="/actions/guests/leave">Leave</button>
</form>
<table><%~ live("alerts") %></table>`,
  "pages/secret.eta": '<%~ live("secret") %> <%~ live("own/" + visitor()) %>',
});

const asText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const sent: unknown[] = [];
const ACTIONS = {
  feed: action(({ fields, publish }) => publish("feed", fields.text)),
  press: action(({ update }) => update("press", (held = { times: 0 }) => ({ times: held.times + 1 }))),
  "own/add": action(({ visitor, publish }) => publish(`own/${visitor()}`, { n: 1 })),
  "own/start": action(({ page }) => page.go("/visitor?running=true")),
  "alerts/acknowledge": action(({ fields, remove }) => remove("alerts", fields.item!)),
  "guests/sign": action({
    fields: z.object({
      name: z.string().min(1, "Who are you?"),
      stars: z.coerce.number().max(5, "Five at most."),
      news: z.string().optional(),
      size: z.string().optional(),
      text: z.string(),
      from: z.string(),
      how: z.string(),
    }),
    run: ({ fields, visitor }) => sent.push([visitor(), fields]),
  }),
  "guests/leave": action(({ page }) => page.go("/")),
};

const views = VIEWS;
let brooklet: TestBrooklet;
beforeAll(async () => {
  const { public: files } = FIXTURES;
  brooklet = await startBrooklet({ views, public: files, sources: {}, actions: ACTIONS, patienceMs: 60_000 });
});
afterAll(() => brooklet.stop());

describe("HTML that is formatted", () => {
  test("has one element a line, indented, and no space but within texts", () => {
    expect(
      formatted(
        '<ul> <li class="a  b"><b>1</b>  of\n 2<li><a href="/?a=1&amp;b=&quot;">x</a><input disabled></ul>&lt;',
      ),
    ).toBe(
      [
        "<ul>",
        '  <li class="a  b">',
        "    <b>1</b>",
        "    of 2",
        "  </li>",
        "  <li>",
        '    <a href="/?a=1&amp;b=&quot;">x</a>',
        "    <input disabled>",
        "  </li>",
        "</ul>",
        "&lt;",
      ].join("\n"),
    );
  });

  test("keeps what counts in a <pre>, and rows without their table", () => {
    expect(formatted("<div><pre> a\n  b</pre></div>")).toBe("<div>\n  <pre> a\n  b</pre>\n</div>");
    expect(formatted("<tr><td>1</td></tr>")).toBe("<tr>\n  <td>1</td>\n</tr>");
  });

  test("counts the ids that nobody can foresee, the same id by the same number", () => {
    const [one, other] = ["Ab3defghijklmnopqrstu-", "1bcdefghijklmnopqrstuv"];
    expect(
      formatted(
        `<i id="own__0123456789abcdef_7" title="${one} ${other}">own%2F${one},own/${other}</i><i id="price_m7"></i>`,
      ),
    ).toBe('<i id="own__1_7" title="id-1 id-2">own%2Fid-1,own/id-2</i>\n<i id="price_m7"></i>');
    expect(formatted('<i class="some-words-of-authors-"></i>')).toContain("some-words-of-authors-");
  });

  test.each(["<pre><textarea>\n\nx</textarea></pre>", "<pre>\n\n<b>x</b></pre>", "<textarea>\n\n x</textarea>"])(
    "keeps a line break that a parser would drop: %j",
    (html) => {
      expect(formatted(html)).toBe(html);
    },
  );

  test("is the same once it was formatted, and has all words and tags of before, whatever it is", () => {
    const { html } = letrec<{ html: string }>((tie) => ({
      html: oneof(
        { maxDepth: 4 },
        string({ unit: constantFrom("a", "B", " ", "\n", "<", "&", '"', "é", "\u00a0") }).map(asText),
        tuple(
          constantFrom("div", "b", "li", "pre", "textarea", "p", "section"),
          array(tie("html"), { maxLength: 3 }),
        ).map(([name, inner]) => `<${name} title="a &amp; </b>">${inner.join("")}</${name}>`),
        constantFrom("<br>", "<input disabled>", "<!-- a -->", "<template><i>1</i></template>"),
      ),
    }));
    assert(
      property(array(html), (all) => {
        const once = formatted(all.join(""));
        expect(formatted(once)).toBe(once);
        const bare = (text: string) => text.replace(/=""|&nbsp;|\s/g, "");
        expect(bare(once)).toBe(bare(serialize(parseFragment(all.join("")))));
      }),
    );
  });
});

describe("renderFragment", () => {
  test("shows what a widget makes of a value", () => {
    expect(renderFragment("price", 101.5, { views, history: [99, 100] })).toBe("<b>101.5</b>\n<i>99 100</i>");
    expect(renderFragment("price/ACME", { price: 3 }, { views })).toBe("<b>3</b>\n<i></i>");
  });

  test("gives an item the id that it would have, and its time stands still", () => {
    const update = { from: "Ada", text: "Hi", friend: true };
    expect(renderFragment("updates", update, { views, params: { format: "detailed" } })).toBe(
      [
        '<li id="updates__1_1">',
        "  <b>Ada</b>",
        '  <time datetime="2026-11-21T14:03:07.000Z">14:03:07 UTC</time>',
        "  <p>Hi</p>",
        "</li>",
      ].join("\n"),
    );
    expect(renderFragment("alerts", { text: "Hot" }, { views, item: "pump" })).toMatch(/^<tr id="alerts_pump">/);
  });

  test.each([
    ["prise", 1, {}, "No template under views/widgets renders “prise”. Did you mean “price”?"],
    [
      "nothing-like-it",
      1,
      {},
      "No template under views/widgets renders “nothing-like-it”. Write views/widgets/nothing-like-it.eta.",
    ],
    ["price", "a lot", {}, "Widget “price” refuses this value. publish a number"],
    [
      "updates",
      {},
      { params: { freinds: true } },
      "The params of widget “updates” is not as declared. It has friends or format. Did you mean “friends”?",
    ],
  ])("of %s and %j says what to mend", (widget, data, parts, message) => {
    expect(() => renderFragment(widget, data, { views, ...parts })).toThrow(message);
  });

  test.each([
    [[2, 1], []],
    [[], [[2, 1]]],
  ])("refuses a template that changes %j, or what is in %j, as publishing does", (data, history) => {
    expect(() => renderFragment("sorted", data, { views, history })).toThrow("A template cannot change data: copy it");
  });

  test("names the line where a template throws", () => {
    expect(() => renderFragment("broken", {}, { views })).toThrow(/widgets\/broken\.eta:2: .*undefined/);
  });
});

describe("renderPage", () => {
  test("shows a page's main element, its topics with the values that are given, or waiting for one", async () => {
    const html = await renderPage("/", { views, values: { feed: ["one", { text: "two" }], price: 7 } });
    expect(html).toMatch(/^<h1>First page<\/h1>\n<ul id="feed"/);
    expect(html).toContain(
      '  <li id="feed_1">\n    <p>one</p>\n  </li>\n  <li id="feed_2">\n    <p>two</p>\n  </li>\n</ul>',
    );
    expect(html).toMatch(/<div id="price".*>\n {2}<b>7<\/b>\n {2}<i><\/i>\n<\/div>/);
    expect(html).toMatch(/<div id="counter".*>\n {2}<p class="waiting">/);
  });

  test("takes the query, and a topic of the visitor's own by its name without their id", async () => {
    const values = { "own/…": [{ n: 7 }], secret: "s" };
    const html = await renderPage("/secret?x=1", { views, values });
    expect(html).toMatch(/<b>s<\/b>\n<\/div>\n<ul id="own__1".*>\n {2}<li id="own__1_1">7<\/li>\n<\/ul>/);
    expect(await renderPage("/secret", { views, values })).toBe(html);
  });

  test("takes the parameters of a path, and says where there is no page for them", async () => {
    const page = '---\nparams: { who: [ada, bo] }\n---\n<h1><%= params.who %></h1> <%~ live("price/" + params.who) %>';
    const rooms = templates({ "pages/guests/[who].eta": page, "pages/guests.eta": "" });
    const html = await renderPage("/guests/bo", { views: rooms, values: { "price/bo": 3 } });
    expect(html).toMatch(/^<h1>bo<\/h1>\n<div id="price__.*>\n {2}<b>3<\/b>/);
    await expect(renderPage("/guests/cy", { views: rooms })).rejects.toThrow("There is no page at /guests/cy.");
  });

  test.each([
    ["/gests", {}, "There is no page at /gests. Did you mean “/guests”?"],
    ["/", { values: { prise: 1 } }, "The page / shows no topic “prise”. Did you mean “price”?"],
    [
      "/",
      { values: { feed: "x" } },
      '“feed” is of kind: log, and so shows a list: give all its values as { "feed": […] }.',
    ],
  ])("of %s with %j says what to mend", async (path, parts, message) => {
    await expect(renderPage(path, { views, ...parts })).rejects.toThrow(message);
  });
});

describe("a server that a test has started", () => {
  test("shows its pages, with what was published", async () => {
    await brooklet.publish("alerts", { text: "Hot" }, { item: "pump" });
    const html = await brooklet.page("/guests");
    expect(html).toContain('<tr id="alerts_pump">');
    expect(html).toContain("<h1>Guests</h1>");
    await expect(brooklet.page("/gests")).rejects.toThrow("The page /gests is not shown. 404: ");
    await brooklet.clear("alerts");
    expect(await brooklet.latest("alerts")).toBeUndefined();
  });

  test("refuses a value that its widget cannot take, with the reason, and tells it once", async () => {
    await expect(brooklet.publish("price", "a lot")).rejects.toThrow("refuses this value. publish a number");
    await expect(brooklet.publish("broken", {})).rejects.toThrow(/broken\.eta:2/);
    expect(await brooklet.latest("price")).toBeUndefined();
  });

  test("collects each fragment of a region as it comes over the stream, and what the region then shows", async () => {
    const prices = await brooklet.collect("price");
    await brooklet.publish("price", 1);
    expect(await prices.nth(1)).toBe("<b>1</b>\n<i></i>");
    await brooklet.publish("price", 2);
    await brooklet.settled();
    expect(prices.html).toBe("<b>2</b>\n<i>1</i>");
    expect(prices.fragments).toHaveLength(2);
  });

  test("collects the rows of a list on a page: added, replaced, removed", async () => {
    const alerts = await brooklet.collect("alerts", { on: "/guests" });
    expect(alerts.html).toContain("Waiting for the first value…");
    for (const item of ["a", "b", "c", "d"]) await brooklet.publish("alerts", { text: item }, { item });
    await brooklet.publish("alerts", { text: "B" }, { item: "b" });
    await brooklet.remove("alerts", "c");
    await brooklet.settled();
    expect([...alerts.html.matchAll(/<td>(\w+)<\/td>/g)].map(([, text]) => text)).toEqual(["B", "d"]);
    expect((await alerts.nth(1)).startsWith('<tr id="alerts_a">')).toBe(true);
  });

  test("collects what is for a page alone, and what is a visitor's own", async () => {
    const visitor = brooklet.visitor();
    const own = await visitor.collect("own/…", { on: "/secret" });
    await visitor.press("own/add", {}, { on: "/visitor" });
    await brooklet.settled();
    expect(own.html).toContain("1");
    const secret = await brooklet.collect("secret", { on: "/secret" });
    await brooklet.publish("secret", "s");
    expect(await secret.nth(1)).toBe("<b>s</b>");
  });

  test.each([
    ["prise", {}, "renders “prise”. Did you mean “price”?"],
    ["secret", {}, '“secret” is for pages alone (access: page). Say on which it is: collect("secret", { on: "/…" }).'],
    ["price", { on: "/guests" }, "The page /guests has no live region “price”. It has alerts."],
  ])("that is to collect %s of %j says what to mend", async (region, where, message) => {
    await expect(brooklet.collect(region, where)).rejects.toThrow(message);
  });

  test("says how many fragments have come, where one does not", async () => {
    const impatient = await startBrooklet({
      views,
      public: FIXTURES.public,
      sources: {},
      actions: ACTIONS,
      patienceMs: 1,
    });
    const prices = await impatient.collect("price");
    await expect(prices.nth(1)).rejects.toThrow("Of price 0 of 1 fragments have come within 0.001 s.");
    await impatient.stop();
    await expect(prices.nth(1)).rejects.toThrow("Of price 0 of 1 fragments have come, and its stream broke");
  });
});

describe("a press", () => {
  test("sends what a browser would, with what is typed, chosen and ticked", async () => {
    sent.length = 0;
    const other = brooklet.visitor();
    for (const visitor of [brooklet, other]) await visitor.page("/secret"); // which gives them an id
    const fields = { name: "Bo", stars: 1, news: false, size: "s", text: "Hello", how: "hidden" };
    const answer = await brooklet.press("guests/sign", fields);
    expect(answer).toMatchObject({ taken: true, status: 200, refused: "", fields: {}, address: "/guests" });
    await brooklet.press("guests/sign", {});
    expect(sent).toEqual([
      [expect.any(String), { name: "Bo", stars: 1, size: "s", text: "Hello", from: "here", how: "hidden" }],
      [
        expect.any(String),
        { name: "Ada", stars: 5, news: "on", size: "m", text: "as it is", from: "here", how: "open" },
      ],
    ]);
    const [[one], [same]] = sent as [[string], [string]];
    expect(same).toBe(one);
    await other.press("guests/sign");
    expect((sent as [string][])[2]![0]).not.toBe(one);
  });

  test("is told why it is refused, beside the fields", async () => {
    const answer = await brooklet.press("guests/sign", { name: "", stars: 7 });
    expect(answer).toMatchObject({
      taken: false,
      status: 422,
      refused: "Who are you? Five at most.",
      fields: { name: "Who are you?", stars: "Five at most." },
    });
    expect(answer.html).toContain("Who are you?");
  });

  test("of a button with an action of its own leads where that leads", async () => {
    expect(await brooklet.press("guests/leave", {}, { on: "/guests" })).toMatchObject({ taken: true, address: "/" });
  });

  test("of a widget's button is found by its value, on whichever page", async () => {
    for (const item of ["x", "y"]) await brooklet.publish("alerts", { text: item }, { item });
    await brooklet.press("alerts/acknowledge", { item: "x" });
    expect(await brooklet.page("/guests")).not.toContain("alerts_x");
    expect(await brooklet.page("/guests")).toContain("alerts_y");
  });

  test.each([
    ["guests/sing", {}, {}, "there is no action “guests/sing”. Did you mean “guests/sign”?"],
    ["guests/sign", { nmae: "Bo" }, {}, "The form of “guests/sign” has no field “nmae”. Did you mean “name”?"],
    ["guests/sign", { how: "not" }, {}, "The form of “guests/sign” has no button how=“not”. It has open, hidden."],
    ["feed", { text: "x" }, { on: "/guests" }, "The page /guests shows no form of “feed” to this visitor now."],
  ])("of %s with %j on %j says what to mend", async (name, fields, where, message) => {
    await expect(brooklet.press(name, fields, where)).rejects.toThrow(message);
  });
});

test("a server that cannot start says what its author has to mend", async () => {
  const broken = templates({ "widgets/price.eta": "<b><%= data.</b>" });
  await expect(
    startBrooklet({ views: broken, public: FIXTURES.public, sources: {}, actions: ACTIONS }),
  ).rejects.toThrow(/widgets\/price\.eta:1/);
});
