import { afterAll, beforeAll, expect, test } from "vitest";
import { start, type TestServer, templates } from "../../support/server.ts";

const views = templates({
  "pages/random.eta": "<h1>Random</h1>",
  "pages/broken.eta": "---\nquery:\n  now: [true]\n---\n<% if (query.now) throw new Error('secret'); %>",
});

let server: TestServer;
beforeAll(async () => {
  server = await start({ views });
});
afterAll(() => server.close());

const page = async (path: string, of = server) => {
  const response = await fetch(of.url + path, { headers: { accept: "text/html" } });
  return { status: response.status, html: await response.text() };
};

test("an error is a page in the author’s layout, with the page that was meant and a way on", async () => {
  const { status, html } = await page("/rondom");
  expect(status).toBe(404);
  expect(html).toContain('<header class="top">');
  expect(html).toContain("<h1>Nothing is here</h1>");
  expect(html).toContain('Did you mean <a href="/random" dir="ltr">/random</a>?');
  expect(html).toContain('<a href="/">The first page</a>');
  expect(html).not.toContain("rondom");
});

test("nothing is guessed where nothing is near", async () => {
  expect((await page("/something/else/altogether")).html).not.toContain("Did you mean");
});

test("where somebody may not see all pages, no page is named", async () => {
  const hidden = await start({ views, authorize: () => ({ name: "Ada" }) });
  const { status, html } = await page("/rondom", hidden);
  expect([status, html.includes("/random")]).toEqual([404, false]);
  await hidden.close();
});

test("an error of the server’s can be tried again, and has the number that the operator’s log knows it by", async () => {
  const { status, html } = await page("/broken?now=true");
  expect(status).toBe(500);
  expect(html).toContain("<h1>Something went wrong</h1>");
  expect(html).toContain('<a href="">Try again</a>');
  expect(html).toMatch(/Request <code>[\w-]+<\/code>/);
  expect(html).not.toContain("secret");
});

test("where the layout is what fails, the error is a page without it", async () => {
  const of = await start({
    views: templates({
      "layout.eta": "<% if (page === 'brooklet/_problem') throw new Error('secret'); %><%~ body %><%~ stream() %>",
    }),
  });
  const { status, html } = await page("/nowhere", of);
  expect([status, html]).toEqual([404, expect.stringContaining("<h1>404</h1>")]);
  expect(html).not.toContain("secret");
  await of.close();
});
