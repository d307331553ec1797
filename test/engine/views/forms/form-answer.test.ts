import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { describe, expect, test } from "vitest";
import { formIn, type RefusedForm } from "../../../../src/engine/views/forms/form-answer.ts";
import { attribute, elementsIn, textOf } from "../../../../src/engine/views/forms/form-fields.ts";
import { pageText, viewsOf } from "../../../support/views.ts";

type Element = DefaultTreeAdapterTypes.Element;

const AT = { action: "notes/add", index: 0 };
const once = (index: number) => `<input type="hidden" name="_once" value="notes/add.${index}.random">`;
const REFUSAL = '<div class="refusal" role="alert"><input hidden></div>';
/** A page with that in its form. */
const pageOf = (inner: string, index = 0, around = (form: string) => form) =>
  `<!doctype html><title>é</title>${around(`<form id="f" action="/actions/notes/add">${inner}${REFUSAL}${once(index)}</form>`)}`;
const refused = (
  typed: string | [string, string][],
  fields: Record<string, string> = {},
  form?: string,
): RefusedForm => ({
  typed: new URLSearchParams(typed),
  fields,
  form,
});
const answer = (inner: string, given: RefusedForm) =>
  formIn(pageOf(inner), AT, given)!.inner.replace(/<div class="refusal[\s\S]*/, "");

/** What a browser has of the answer, by the fields' names. */
function browsed(html: string): Record<string, unknown[]> {
  const fields: Record<string, unknown[]> = {};
  for (const element of elementsIn(parse(html))) {
    const name = attribute(element, "name");
    if (name === undefined) continue;
    fields[name] = [...(fields[name] ?? []), shownIn(element)];
  }
  return fields;
}

function shownIn(element: Element): unknown {
  if (element.tagName === "textarea") return textOf(element);
  if (element.tagName === "select") {
    const options = [...elementsIn(element)].filter((option) => attribute(option, "selected") !== undefined);
    return options.map((option) => attribute(option, "value") ?? textOf(option));
  }
  const isChosen = /^(?:checkbox|radio)$/.test(attribute(element, "type") ?? "");
  return isChosen ? attribute(element, "checked") !== undefined : attribute(element, "value");
}

const MEAN = `"'><script>alert(1)</script></form></textarea>&amp;&lt;\u{1F600}<!--`;

describe("a form that was refused", () => {
  test.each(["text", "search", "email", "url", "tel", "number", "date", "datetime-local", "range", "color", "strange"])(
    "has what was typed into a field of type %s, to the letter",
    (type) => {
      const html = answer(`<input type="${type}" name="a" value="before">`, refused([["a", MEAN]]));
      expect(browsed(html)).toEqual({ a: [MEAN] });
    },
  );

  test.each([MEAN, "\na line\r\n\r\nanother", "", "\n", "x".repeat(30_000), "</TEXTAREA >"])(
    "has what was typed into a text of several lines, with its first line break: %#",
    (text) => {
      const html = answer('<textarea name="a">\n\nbefore</textarea>', refused([["a", text]]));
      expect(browsed(html)).toEqual({ a: [text.replaceAll("\r\n", "\n")] });
    },
  );

  test("keeps a text's first line break where only its reason is added", () => {
    const html = answer('<textarea name="a">\n\nas it was</textarea>', refused("", { a: "No." }));
    expect(browsed(html)).toEqual({ a: ["\nas it was"] });
  });

  test("has neither NUL nor half a character", () => {
    const html = answer(
      '<input name="a"><textarea name="b"></textarea>',
      refused(
        [
          ["a", "x\0y"],
          ["b", "\0"],
        ],
        { a: "\uD800\0" },
      ),
    );
    expect(html).not.toMatch(/\0|\p{Cs}/u);
    expect(browsed(html)).toEqual({ a: ["x\uFFFDy"], b: ["\uFFFD"] });
  });

  test("never gives back a password or a file, and leaves hidden fields and buttons as they are", () => {
    const html = `<input type="password" name="p"><input type="PASSWORD" name="p"><input type="file" name="f"><input type="hidden" name="h" value="ours"><button name="b" value="1">B</button><input type="submit" name="b" value="2">`;
    const sent = refused("p=s3cret&p=other&f=x&h=theirs&b=9&_once=notes/add.0.old");
    expect(answer(html, sent)).toBe(html);
    expect(formIn(pageOf(html), AT, sent)!.inner).toContain('name="_once" value="notes/add.0.random"');
  });

  test("has the checks and the choices that were made, and none that was taken back", () => {
    const html = answer(
      `<input type="checkbox" name="a" checked><input type="checkbox" name="b"><input type="checkbox" name="c" value="1"><input type="checkbox" name="c" value="2" checked>` +
        `<input type="radio" name="r" value="x" checked><input type="radio" name="r" value="y">`,
      refused("b=on&c=1&r=y"),
    );
    expect(browsed(html)).toEqual({ a: [false], b: [true], c: [true, false], r: [false, true] });
  });

  test("leaves a disabled field alone, of which nothing is sent", () => {
    const html =
      '<input type="checkbox" name="a" checked disabled><fieldset disabled><input type="checkbox" name="b" checked></fieldset>';
    expect(answer(html, refused(""))).toBe(html);
  });

  test("tells fields of one name apart by their order", () => {
    const html = answer(
      '<input type="hidden" name="a" value="0"><input name="a"><input type="checkbox" name="a" value="c"><textarea name="a"></textarea>',
      refused("a=0&a=one&a=c&a=two"),
    );
    expect(browsed(html)).toEqual({ a: ["0", "one", true, "two"] });
  });

  test("has what was selected, of one, of several, in groups, by value or by text", () => {
    const html = answer(
      '<select name="a"><option value="1" selected>One<option value="2">Two</select>' +
        '<select name="b" multiple><optgroup label="g"><option selected>x</option><option> y  z </option></optgroup><option>w</option></select>' +
        '<select name="c"><option>gone</option><option selected>stays</option></select>' +
        '<select name="d" multiple><option selected>none</option></select>' +
        '<select name="e"><option value="1">a</option><option value="1">b</option></select>',
      refused("a=2&b=y+z&b=w&c=unknown&e=1"),
    );
    expect(browsed(html)).toEqual({ a: [["2"]], b: [[" y  z ", "w"]], c: [["stays"]], d: [[]], e: [["1"]] });
  });

  test("has each reason right after its field, which names it; and the first has the focus", () => {
    const html = answer(
      '<label for="t">T</label><input id="t" name="t" aria-describedby="hint"><b id="hint"></b><textarea name="u" autofocus>x</textarea>',
      refused("t=1&u=2", { u: "Too <long>.", t: "Not 1." }),
    );
    expect(html).toBe(
      '<label for="t">T</label><input id="t" name="t" value="1" aria-invalid="true" aria-describedby="hint _refused-notes-add-0-t" autofocus><p class="refused" id="_refused-notes-add-0-t">Not 1.</p><b id="hint"></b>' +
        '<textarea name="u" aria-invalid="true" aria-describedby="_refused-notes-add-0-u">\n2</textarea><p class="refused" id="_refused-notes-add-0-u">Too &lt;long&gt;.</p>',
    );
  });

  test("has the reason after the label or the paragraph that is around its field", () => {
    const html = answer(
      '<div><p><label><input type="checkbox" name="a"> A</label> of many</p></div><label>B <select name="b"></select></label>',
      refused("", { a: "Check it.", b: "Choose." }),
    );
    expect(html).toMatch(/ A<\/label> of many<\/p><p class="refused" id="[^"]+">Check it\.<\/p><\/div>/);
    expect(html).toMatch(/<\/select><\/label><p class="refused" id="[^"]+">Choose\.<\/p>$/);
  });

  test("has one reason for a group, after its last, and all of them name it", () => {
    const html = answer(
      '<label><input type="radio" name="r" value="x">X</label><label><input type="radio" name="r" value="y">Y</label>',
      refused("", { r: "Choose one." }),
    );
    expect(html.match(/aria-describedby="_refused-notes-add-0-r"/g)).toHaveLength(2);
    expect(html.match(/autofocus/g)).toHaveLength(1);
    expect(html).toMatch(/Y<\/label><p class="refused"[^>]*>Choose one\.<\/p>$/);
  });

  test("tells what is no field's, or none that a visitor can mend, in one place", () => {
    const page = pageOf('<input name="a"><input type="hidden" name="h">');
    const { inner } = formIn(page, AT, refused("a=1", { h: "Not this.", gone: "<Nor> that." }, "Not now."))!;
    expect(inner).toContain(
      '<div class="refusal" role="alert"><p class="refused">Not now. Not this. &lt;Nor&gt; that.</p><input hidden></div>',
    );
    expect(inner).not.toMatch(/autofocus|aria-/);
  });

  test("knows the fields that stand elsewhere and name it, and those in it that are another's", () => {
    const page = pageOf(
      '<input name="a" form="other">',
      0,
      (form) => `<input name="a" form="f">${form}<form id="other"></form>`,
    );
    const { page: whole, inner } = formIn(page, AT, refused("a=typed", { a: "No." }))!;
    expect(whole).toContain('<input name="a" form="f" value="typed" aria-invalid="true"><form');
    expect(inner).toContain(
      '<input name="a" form="other"><div class="refusal" role="alert"><p class="refused">No.</p>',
    );
  });

  test("has the only autofocus of its page where a field is to be mended", () => {
    const page = pageOf(
      '<input name="a"><button autofocus>B</button>',
      0,
      (form) => `<input autofocus class="x">${form}`,
    );
    const { page: whole } = formIn(page, AT, refused("a=1", { a: "No." }))!;
    expect(whole.match(/autofocus/g)).toHaveLength(1);
    expect(whole).toContain('<input class="x"><form');
    expect(formIn(page, AT, refused("a=1", {}, "No."))!.page.match(/autofocus/g)).toHaveLength(2);
  });

  test("leaves all else of its page as it is, to the letter", () => {
    const page = pageOf(
      "<p>a<TEXTAREA  NAME=t>x</TEXTAREA>",
      0,
      (form) => `<table><b>\r\n\u{1F600}</table><pre>\n\nx</pre>${form}<div>é&nbsp;`,
    );
    const { page: whole } = formIn(page, AT, refused("t=y"))!;
    expect(whole).toBe(page.replace("<TEXTAREA  NAME=t>x", '<textarea name="t">\ny'));
  });
});

describe("a form of a page", () => {
  const page = pageOf(
    "first",
    0,
    (form) => `<form action="/actions/notes/add"><input name="_widget"></form>${form}${pageOf("second", 1)}`,
  );

  test("is found by its action and its index; what a widget shows is none", () => {
    expect(formIn(page, AT)!.inner).toBe(`first${REFUSAL}${once(0)}`);
    expect(formIn(page, { ...AT, index: 1 })!.inner).toBe(`second${REFUSAL}${once(1)}`);
    expect(formIn(page, AT)!.page).toBe(page);
  });

  test.each([
    { ...AT, index: 2 },
    { ...AT, index: -1 },
    { ...AT, index: Number.NaN },
    { action: "notes", index: 0 },
    { action: "notes/add/", index: 0 },
  ])("that is not there is not found: %j", (place) => expect(formIn(page, place)).toBeUndefined());
});

describe("a page's own form", () => {
  const FORM =
    '<form <%~ action("wave") %>><label>Name <input name="n" maxlength="9"></label><button>Wave</button></form>';
  const views = viewsOf({
    "widgets/price.eta": "<b></b>",
    "pages/index.eta": `---\nquery:\n  of: [a, b]\n---\n<%= query.of %><%~ live("price") %>${FORM}${FORM}`,
  });
  const place = { action: "wave", index: 1 };
  const why: RefusedForm = { typed: new URLSearchParams("n=Ada"), fields: { n: "Not you." }, form: "Not now." };
  const fill = async () => '<form action="/actions/wave"><input name="_once" value="wave.1.x"><input name="n"></form>';

  test("is rendered anew, with the ids that it had and a new one of its own, and no region is read for it", async () => {
    const page = await pageText(views, "index", { cursor: "c", fill });
    const again = views.form("index", {}, place)!;
    expect(again).toContain('<input name="n" maxlength="9" id="_form-2-1"></label><button id="_form-2-2">');
    expect(page).toContain('<input name="n" maxlength="9" id="_form-2-1"></label><button id="_form-2-2">');
    const [before, now] = [page, again].map((html) => /value="wave\.1\.([\w-]{22})"/.exec(html)![1]);
    expect(before).not.toBe(now);
  });

  test("comes back alone, or in its page, where nothing of a region's is taken for it", async () => {
    const beside =
      /<input name="n" maxlength="9" id="_form-2-1" value="Ada" aria-invalid="true" [^>]+ autofocus><\/label><p class="refused" id="_refused-wave-1-n">Not you\.<\/p>/;
    expect(views.form("index", {}, place, why)).toMatch(beside);
    const page = await pageText(views, "index", {
      cursor: "c",
      fill,
      query: { of: "a" },
      form: { place, refused: why },
    });
    expect(page).toMatch(beside);
    expect(page).toContain('<p class="refused">Not now.</p>');
    expect(page).toContain(await fill());
    expect(page.match(/value="Ada"/g)).toHaveLength(1);
  });

  test("that a deploy has taken away is refused all the same, on its page", async () => {
    const gone = { action: "bow", index: 0 };
    expect(views.form("index", {}, gone, why)).toBeUndefined();
    expect(await pageText(views, "index", { cursor: "c", fill, form: { place: gone, refused: why } })).toContain(
      '<div id="_refused" role="alert"><p class="banner">Not now. Not you.</p></div>',
    );
  });

  test("has a place beside the notice where a widget's button is refused", async () => {
    const page = await pageText(views, "index", { cursor: "c", fill, refused: "<Not> now." });
    expect(page).toContain('<div id="_refused" role="alert"><p class="banner">&lt;Not&gt; now.</p></div>');
    expect(views.refused("<No>")).toBe(
      '<div id="_refused" hx-swap-oob="innerHTML"><p class="banner">&lt;No&gt;</p></div>',
    );
    expect(views.refused("")).toBe('<div id="_refused" hx-swap-oob="innerHTML"></div>');
  });
});
