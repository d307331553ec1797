import { describe, expect, test } from "vitest";
import type { Region } from "../../../../src/engine/core/region.ts";
import { pageText, region, viewsOf } from "../../../support/views.ts";

const ID = /[\w-]{22}/g;
const widgets = { "widgets/price.eta": "---\ntitle: Price\n---\n<b></b>" };
const fill = async ({ name }: Region) => `[${name}]`;
const render = async (page: string, parts = {}) =>
  pageText(viewsOf({ ...widgets, "pages/index.eta": page }), "index", { cursor: "c", fill, ...parts });

describe("still()", () => {
  test("shows a region as it is, and leaves it out of the stream", async () => {
    const still = async ({ name }: Region) => `(${name})`;
    const html = await render('<%~ live("price/A") %><%~ still("price/B") %>', { still });
    expect(html).toContain(
      `<div id="${region("price/B").id}" role="group" aria-label="Price B" hx-ext="morph">(price/B)</div>`,
    );
    expect(html).toContain('sse-connect="/events?regions=price%2FA&amp;cursor=c"');
    expect(html).toContain('name="_regions" value="price/A"');
  });

  test("says that there is nothing, where there is nothing to wait for", async () => {
    const html = await render('<%~ still("price") %>', { still: async () => undefined });
    expect(html).toContain('<p class="waiting">Nothing yet.</p>');
    expect(html).not.toContain("sse-connect");
    expect(html).toMatch(/<div id="_pulse" role="status" class="moment\d\d"><\/div>/);
  });

  test.each(['<%~ live("price") %><%~ still("price") %>', '<%~ still("price") %><%~ live("price") %>'])(
    "shows no region that is on the page already: %s",
    async (page) => {
      await expect(render(page)).rejects.toThrow(/the region price is on this page already/);
    },
  );

  test("refuses what no template renders, where that can be seen, before anyone asks for the page", async () => {
    expect(() => viewsOf({ ...widgets, "pages/index.eta": '<%~ still("prise") %>' })).toThrow(
      'views/pages/index.eta:1: still("prise"): there is no widget “prise”. Did you mean “price”?',
    );
    await expect(render('<%~ still("pri" + "se") %>')).rejects.toThrow("views/pages/index.eta:1: No template");
  });
});

describe("a page whose regions are more than a page can begin with", () => {
  const MOST = 1024 * 1024;
  const large = (of: Record<string, number>) => async (region: Region) => "x".repeat(of[region.name]!);
  const page = '<%~ live("price/A") %><%~ live("price/B") %><%~ live("price/C") %>';
  const LATE = "There is too much here to come with the page. It follows once the page is live.";
  const shown = (html: string) => [
    ...html.matchAll(/aria-label="Price (\w)" hx-ext="morph">(<p class="waiting">.*?<\/p>|x*)</g),
  ];

  test("leaves out what does not fit, and is at no cursor, so that its stream brings everything", async () => {
    const fill = large({ "price/A": 600_000, "price/B": 500_000, "price/C": 400_000 });
    const html = await render(page, { fill });
    expect(shown(html).map(([, name, text]) => [name, text!.length])).toEqual([
      ["A", 600_000],
      ["B", `<p class="waiting">${LATE}</p>`.length],
      ["C", 400_000],
    ]);
    expect(html).toContain(LATE);
    expect(html).toMatch(/sse-connect="\/events\?regions=price%2FA,price%2FB,price%2FC"/);
    expect(html).not.toContain('id="_cursor"');
  });

  test("has everything, and its cursor, up to that", async () => {
    const html = await render(page, { fill: large({ "price/A": MOST - 2, "price/B": 1, "price/C": 1 }) });
    expect(html).not.toContain(LATE);
    expect(html).toContain("price%2FC&amp;cursor=c");
    expect(html).toContain('id="_cursor" name="_cursor" value="c"');
  });

  test("stays at its cursor where only what is not live yet is left out", async () => {
    const still = async () => "x".repeat(MOST + 1);
    const html = await render('<%~ live("price/A") %><%~ still("price/B") %>', { still });
    expect(html).toContain(LATE);
    expect(html).toContain("price%2FA&amp;cursor=c");
  });

  test("tells its author, where visitors are none, what to mend", async () => {
    const views = viewsOf({ ...widgets, "pages/index.eta": page }, undefined, { development: true });
    const html = await pageText(views, "index", { cursor: "c", fill: async () => "x".repeat(MOST) });
    expect(html).toContain("The regions of a page have 1 MiB together: show fewer regions on the page.");
  });
});

describe("once()", () => {
  test("is one id for one load, and another for the next", async () => {
    const views = viewsOf({ ...widgets, "pages/index.eta": "<p><%= once() %> <%= once() %></p>" });
    const ids = async () =>
      (await pageText(views, "index", { cursor: "c", fill })).match(/<p>(.*)<\/p>/)![1]!.match(ID)!;
    const [[one, same], [other]] = [await ids(), await ids()];
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });
});

describe("visitor()", () => {
  test("is who the page is for", async () => {
    expect(await render("<p><%= visitor() %></p>", { visitor: () => "ada" })).toContain("<p>ada</p>");
  });

  test("is asked for only by pages that do", async () => {
    let asked = 0;
    await render("<p>for all</p>", { visitor: () => `${++asked}` });
    expect(asked).toBe(0);
  });
});
