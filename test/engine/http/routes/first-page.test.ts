import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "parse5";
import { afterEach, expect, test } from "vitest";
import { FIXTURES, writeFiles } from "../../../support/folders.ts";
import { start, type TestServer } from "../../../support/server.ts";

let server: TestServer;
afterEach(() => server.close());

/** Views that hold these files and the fixtures' layout, and nothing else. */
function viewsOf(files: Record<string, string> = {}): string {
  const dir = join(mkdtempSync(join(tmpdir(), "brooklet-")), "views");
  cpSync(join(FIXTURES.views, "layout.eta"), join(dir, "layout.eta"));
  writeFiles(dir, files);
  return dir;
}

async function get(path: string) {
  const response = await fetch(server.url + path, { headers: { accept: "text/html" } });
  return { status: response.status, html: await response.text() };
}
const code = (html: string) => html.replaceAll("&lt;", "<").replaceAll("&quot;", '"');

test("where there is no page yet, / says where the first one goes, and how to write it", async () => {
  server = await start({ views: viewsOf() });
  const { status, html } = await get("/");
  expect(status).toBe(200);
  expect(html).toContain("<h1>Your first page goes here</h1>");
  expect(html).toContain("views/pages/index.eta");
  expect(code(html)).toContain('<%~ live("hello") %>');
  expect(html).toContain(`${server.url}/publish/hello`);
  const errors: string[] = [];
  parse(html, { onParseError: ({ code }) => errors.push(code) });
  expect(errors).toEqual([]);
  expect(await get("/widgets")).toEqual({ status: 200, html: expect.stringContaining("There is none yet.") });
  expect(server.errors).toEqual([]);
});

test("it begins with a widget that is there, and leads to the pages that are", async () => {
  server = await start({
    views: viewsOf({ "widgets/tide.eta": "<b><%= data %></b>", "pages/harbour/index.eta": "<h1>Harbour</h1>" }),
  });
  const { html } = await get("/");
  expect(code(html)).toContain('<%~ live("tide") %>');
  expect(html).toContain('<a href="/harbour">');
  expect(html).toContain('<a href="/widgets">');
  expect(html).not.toContain("views/widgets/hello.eta");
});

test("an author's own first page takes its place", async () => {
  server = await start({ views: viewsOf({ "pages/index.eta": "<h1>Mine</h1>" }) });
  expect((await get("/")).html).toContain("<h1>Mine</h1>");
});

test("where the source is not to be shown, as in production, visitors are told that there is nothing", async () => {
  server = await start({ views: viewsOf(), config: { showSource: false } });
  const { status, html } = await get("/");
  expect(status).toBe(404);
  expect(html).not.toContain("views/");
});
