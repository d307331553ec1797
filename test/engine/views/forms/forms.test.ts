import { describe, expect, test } from "vitest";
import { pageText, region, sight, thrown, viewsOf } from "../../../support/views.ts";

const price = { "widgets/price.eta": "<b></b>" };
const viewsWith = (files: Record<string, string>, actions?: string[]) =>
  viewsOf({ ...price, ...files }, undefined, actions && { actions: new Set(actions) });
const pageOf = (template: string, more: Record<string, string> = {}, actions?: string[]) =>
  pageText(viewsWith({ "pages/index.eta": template, ...more }, actions), "index", {
    cursor: "c",
    fill: async () => "[region]",
  });
/** What the layout of the tests puts around a page, and what differs from one load to the next, do not matter here. */
const mainOf = (html: string) =>
  html.replace(/^[\s\S]*<main>|<\/main>[\s\S]*$/g, "").replace(/(?<=value="\w+\.\d+\.)[\w-]{22}(?=")/g, "<random>");
const TOLD =
  '<div class="refusal" role="alert"><input hidden autocomplete="off"><p class="unanswered">No answer came: this may not have been taken. Try again.</p></div>';
const FORM =
  'action="/actions/wave" method="post" hx-post="/actions/wave" hx-swap="none" hx-sync="this:drop" hx-include="#_regions, #_load"';
const once = (index: number) => `<input type="hidden" name="_once" value="wave.${index}.<random>" autocomplete="off">`;

describe("a form of an action", () => {
  test("on a page has all that it needs, which its author does not write", async () => {
    const html = await pageOf(
      '<form <%~ action("wave") %> class="a">\n<input name="a">\n<button>Wave</button>\n</form>',
    );
    expect(mainOf(html)).toBe(
      `<form ${FORM} class="a">\n<input name="a" id="_form-1-1">\n<button id="_form-1-2">Wave</button>\n${TOLD}${once(0)}</form>`,
    );
  });

  test("is counted among those of the same action, whatever template it comes from", async () => {
    const wave = '<form <%~ action("wave") %>></form>';
    const html = await pageOf(`${wave}<form <%~ action("bow") %>></form><%~ include("snippets/wave") %>${wave}`, {
      "snippets/wave.eta": wave,
    });
    expect([...html.matchAll(/name="_once" value="(\w+)\.(\d)\.[\w-]{22}"/g)].map((m) => m.slice(1))).toEqual([
      ["wave", "0"],
      ["bow", "0"],
      ["wave", "1"],
      ["wave", "2"],
    ]);
  });

  test("has an id of its own at each load", async () => {
    const page = '<form <%~ action("wave") %>></form>';
    const ids = [await pageOf(page), await pageOf(page)].map((html) => /value="wave\.0\.([\w-]{22})"/.exec(html)?.[1]);
    expect(ids[0]).toBeTypeOf("string");
    expect(ids[0]).not.toBe(ids[1]);
  });

  test("tells what went wrong where its author wants it", async () => {
    const html = await pageOf('<form <%~ action("wave") %>><%~ refusal() %><p>after</p></form>');
    expect(mainOf(html)).toBe(`<form ${FORM}>${TOLD}<p>after</p>${once(0)}</form>`);
  });

  test("leaves the ids and the tags of an author's fields as they are", async () => {
    const fields = `<input id="mine"><input id=<%= "its" %>><input type="hidden" name="h"><textarea <%~ 'id="t"' %>></textarea><br/><input value="a" />`;
    const html = await pageOf(`<form <%~ action("wave") %>>${fields}</form>`);
    expect(mainOf(html)).toContain(
      '><input id="mine"><input id=its><input type="hidden" name="h"><textarea id="t" id="_form-1-1"></textarea><br/><input value="a"  id="_form-1-2"/>',
    );
  });

  test("is known to htmx by its buttons elsewhere, wherever they stand", async () => {
    const html = await pageOf(
      '<form id="f" <%~ action("wave") %>></form><button form="f" name="a">A</button><button type="button" form="f">B</button><button>C</button><%~ include("snippets/other") %>',
      { "snippets/other.eta": '<button form="<%= "f" %>" formaction="/actions/bow">D</button>' },
    );
    expect(html).toContain('<button form="f" name="a" type="submit">A</button>');
    expect(html).toContain('<button type="button" form="f">B</button><button>C</button>');
    expect(html).toContain('<button form="f" formaction="/actions/bow" type="submit">D</button>');
  });

  test("of several buttons of which the last counts swallows none of them", async () => {
    const html = await pageOf('<form <%~ action("wave", { sync: "replace" }) %>></form>');
    expect(html).toContain('hx-sync="this:replace" hx-include="#_regions, #_load">');
    expect(html).not.toContain("throttle");
  });

  test("is found behind comments, quotes and code that look like HTML", async () => {
    const html = await pageOf(
      `<!-- <form <%~ 1 %>> --><% const end = "</form> %>"; %><script>"<form>"</script><form data-a="></form>" <%~ action("wave") /* </form> */ %>><textarea></form></textarea><%= end %></form>`,
    );
    expect(mainOf(html)).toContain(
      `<form data-a="></form>" ${FORM}><textarea id="_form-1-1"></form></textarea>&lt;/form&gt; %&gt;${TOLD}${once(0)}</form>`,
    );
  });

  test("in a widget is the same bytes for all, and names the widget", () => {
    const views = viewsWith({
      "widgets/alert.eta":
        '<form <%~ action("wave") %>>\n<input type=hidden name="n" value="<%= data %>"><button>Seen</button></form>',
    });
    const html = views.fragment(region("alert"), sight(1));
    expect(html).toBe(
      `<form ${FORM}>\n<input type=hidden name="n" value="1"><button>Seen</button>${TOLD}<input type="hidden" name="_widget" value="alert" autocomplete="off"></form>`,
    );
    expect(views.fragment(region("alert"), sight(1))).toBe(html);
  });

  test("in a snippet that a widget includes is a widget's", () => {
    const views = viewsWith({
      "widgets/alert.eta": '<%~ include("snippets/seen") %>',
      "snippets/seen.eta": '<form <%~ action("wave") %>><button>Seen</button></form>',
    });
    const html = views.fragment(region("alert"), sight(1));
    expect(html).toContain('<button>Seen</button><div class="refusal"');
    expect(html).toContain('name="_widget" value="alert"');
    expect(html).not.toContain("_once");
  });

  test("keeps the line of what throws below it", () => {
    const page = '<form <%~ action("wave") %>>\n<input name="a"><button>\nWave</button>\n</form>\n<%= nothing.here %>';
    expect(() => viewsWith({ "pages/index.eta": page })).toThrow("views/pages/index.eta:5: nothing is not defined");
  });
});

describe("refused at the start, with file and line, is", () => {
  test.each([
    ['a\n<form <%~ action("wve") %>></form>', 2, 'action("wve"): there is no action “wve”. Did you mean “wave”?'],
    ["<form <%~ action('/actions/wave') %>></form>", 1, "there is no action “/actions/wave”. Did you mean “wave”?"],
    [
      "<form <%~ action('/actions/notes/add.ts') %>></form>",
      1,
      "“/actions/notes/add.ts”. Write src/actions/notes/add.ts.",
    ],
    ["<form <%~ action('notes/add') %>></form>", 1, "there is no action “notes/add”. Write src/actions/notes/add.ts."],
    [
      '<% const name = "wve"; %>\n<form <%~ action(name) %>></form>',
      2,
      "there is no action “wve”. Did you mean “wave”?",
    ],
    ['a\n<form\n<%~ action("wave") %>><button>b</button>', 2, "the form that begins here has no </form> in this file"],
    ['<form <%~ action("wave") %>>\n<form></form>', 1, "the form that begins here has no </form> in this file"],
    ['<form <%~ action("wave") %>>\n\n<%~ live("price") %></form>', 3, "no region stands in it"],
    [
      '<form <%~ action("wave") %>>\n<% if (query.a) { %><%~ still("price") %><% } %></form>',
      2,
      "no region stands in it",
    ],
    ['<form <%~ action("wave") %>>\n<%~ include("snippets/price") %></form>', 1, "live(): a form is put in place anew"],
    ['<b>\n<button <%~ action("wave") %>>b</button></b>', 2, "action() stands in the tag of a form: <form <%~ action("],
    ['<% const wave =\naction("wave"); %><form <%~ wave %>></form>', 1, "action() stands in the tag of a form"],
  ])("%s", (page, line, message) => {
    const files = { "pages/index.eta": page, "snippets/price.eta": '<%~ live("price") %>' };
    const error = thrown<Error & { line: number; file: string }>(() => viewsWith(files, ["wave", "bow"]));
    expect(error).toMatchObject({ name: "AuthorError", line, message: expect.stringContaining(message) });
    expect(error.file).toMatch(/views\/(pages\/index|snippets\/price)\.eta$/);
  });

  test.each(["<input name=a>", '<input\ntype="<%= data %>">', "<select></select>", "<textarea></textarea>"])(
    "what is typed into a form of a widget: %s",
    (field) => {
      const widget = `<form <%~ action("wave") %>>\n${field}</form>`;
      expect(thrown(() => viewsWith({ "widgets/alert.eta": widget }))).toMatchObject({
        name: "AuthorError",
        line: 2,
        message: expect.stringContaining("a form in a widget has buttons and hidden fields only"),
      });
    },
  );

  test("a typo in a widget's form", () => {
    expect(() => viewsWith({ "widgets/alert.eta": '<form <%~ action("wve") %>></form>' }, ["wave"])).toThrow(
      'views/widgets/alert.eta:1: action("wve"): there is no action “wve”. Did you mean “wave”?',
    );
  });
});
