import { describe, expect, test } from "vitest";
import { isTypedInto } from "../../../../src/engine/views/forms/without-script.ts";
import { pageText, viewsOf } from "../../../support/views.ts";

const LAYOUT = "<head><%~ refresh() %></head><%~ pulse() %><%~ snapshot() %><main><%~ body %></main><%~ stream() %>";
const REFRESH = '<head><noscript><meta http-equiv="refresh" content="30"></noscript></head>';
const AGAIN = /<noscript><p class="banner">This page is a snapshot: [^<]*<a href="([^"]*)">Load it again<\/a>/;

const render = (page: string, parts: object = {}, html = "<b>1</b>", base?: string) =>
  pageText(
    viewsOf(
      { "layout.eta": LAYOUT, "widgets/price.eta": "<b></b>", "pages/index.eta": page },
      undefined,
      base === undefined ? {} : { base },
    ),
    "index",
    { cursor: "c", fill: async () => html, ...parts },
  );

describe("where no script runs, a page", () => {
  test("is loaded again and again, also where it has buttons, and says so", async () => {
    const html = await render('<%~ live("price") %><form <%~ action("wave") %>><button>Wave</button></form>');
    expect(html).toContain(REFRESH);
    expect(html).toContain(
      '<noscript><p class="banner">Without JavaScript this page is loaded again every 30 seconds.</p></noscript>',
    );
  });

  test.each([
    ["an action's form", '<form <%~ action("a") %>><input name="text"><button>Go</button></form>', "<b>1</b>"],
    ["a form of its author's", '<form action="/x"><select name="s"><option>a</option></select></form>', "<b>1</b>"],
    ["a widget", "", "<input type=search>"],
  ])("that is typed into, in %s, is not, and can be loaded again by whoever wants to", async (_where, form, html) => {
    const page = await render(`<%~ live("price") %>${form}`, {}, html);
    expect(page).toContain("<head></head>");
    expect(AGAIN.exec(page)?.[1]).toBe("");
  });

  test.each([
    ["", "/?more=a&amp;b"],
    ["/below", "/below/?more=a&amp;b"],
  ])("that answers a form is not, since that would be sent once more: %j", async (base, address) => {
    const page = await render('<%~ live("price") %>', { address: "/?more=a&b", refused: "No." }, undefined, base);
    expect(page).toContain("<head></head>");
    expect(AGAIN.exec(page)?.[1]).toBe(address);
  });

  test("on which nothing changes any more is as it is: without a live region, or where all topics have ended", async () => {
    const ended = { haveEnded: async (topics: readonly string[]) => topics.includes("price") };
    for (const html of [await render("<p>Words.</p>"), await render('<%~ live("price") %>', ended)]) {
      expect(html).toContain("<head></head>");
      expect(html).not.toContain("noscript");
    }
    const some = { haveEnded: async () => false };
    expect(await render('<%~ live("price") %><%~ live("price/b") %>', some)).toContain(REFRESH);
  });
});

test.each([
  ["<input>", true],
  ['<input type="checkbox" checked>', true],
  ["<INPUT NAME=x TYPE=Text>", true],
  ['<input title="a > b" type="hidden">', false],
  ["<input type=hidden><button type=submit></button><input type='submit'>", false],
  ["<textarea></textarea><input hidden>", true],
  ["<input hidden autocomplete=off>", false],
  ["<selection>&lt;input></selection>", false],
  ["<!-- <input> --><title><input></title>", false],
])("%s is typed into: %s", (html, is) => expect(isTypedInto(html)).toBe(is));
