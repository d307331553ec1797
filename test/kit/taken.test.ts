import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { parse } from "parse5";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadActions } from "../../src/engine/actions/files.ts";
import { parseRegion } from "../../src/engine/core/region.ts";
import { loadSources } from "../../src/engine/sources/files.ts";
import { KIT, kitWidgets } from "../../src/kit/kit.ts";
import { codesOn } from "../support/codes.ts";
import { FIXTURES } from "../support/folders.ts";
import { start, type TestServer } from "../support/server.ts";

const run = promisify(execFile);

// A project whose author has taken all that there is, and one that has taken nothing.
let taken: TestServer;
let fresh: TestServer;
beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-kit-"));
  const views = join(dir, "views");
  for (const { files } of kitWidgets().values()) {
    for (const file of files.filter((file) => /^(?:widgets|snippets)\//.test(file))) {
      mkdirSync(dirname(join(views, file)), { recursive: true });
      cpSync(join(KIT, file), join(views, file));
    }
  }
  cpSync(join(FIXTURES.views, "layout.eta"), join(views, "layout.eta"));
  mkdirSync(join(views, "pages"));
  writeFileSync(join(views, "pages", "said.eta"), '<h1>Said</h1> <%~ include("snippets/comments") %>');
  writeFileSync(
    join(views, "pages", "sorted.eta"),
    '---\nquery: { sort: "-?[1-9]" }\n---\n<h1>Sorted</h1> <%~ live("table", { sort: query.sort ?? 1 }) %>',
  );
  const actions = Object.fromEntries(await loadActions(pathToFileURL(join(KIT, "actions/"))));
  const sources = await loadSources(pathToFileURL(join(KIT, "sources/")), () => {});
  taken = await start({
    views,
    actions,
    sources: Object.fromEntries([...sources].map(([name, { source }]) => [name, source])),
  });
  fresh = await start();
});
afterAll(() => Promise.all([taken, fresh].map((server) => server.close())));

const page = async (url: string) => {
  const response = await fetch(url, { headers: { accept: "text/html" } });
  const html = await response.text();
  const errors: string[] = [];
  parse(html, { onParseError: ({ code }) => errors.push(code), sourceCodeLocationInfo: true });
  expect([url, response.status, errors]).toEqual([url, 200, []]);
  return html;
};
const commandIn = (html: string) => codesOn(html).find((code) => code.startsWith("curl "));

test("each is fed by the line that the gallery shows, run as it is", async () => {
  const fed: string[] = [];
  for (const name of kitWidgets().keys()) {
    const command = commandIn(await page(`${taken.url}/widgets/${name}`));
    if (command === undefined) continue;
    const { stdout } = await run("sh", ["-c", `${command} -s`]);
    expect(JSON.parse(stdout)).toMatchObject({ topic: name });
    expect(await taken.broker.html(parseRegion(name))).not.toContain('class="waiting"');
    fed.push(name);
  }
  expect(fed.sort()).toEqual([...kitWidgets().keys()].filter((name) => name !== "presence").sort());
  expect(await taken.broker.html(parseRegion("rows"))).toContain('id="rows_ada"');
});

test("the gallery shows those that are not taken yet, each with its command, its files and its template; not what is the engine's own", async () => {
  const list = await page(`${fresh.url}/widgets`);
  for (const [name, { files }] of kitWidgets()) {
    expect([name, list.includes(`<a href="/widgets/to-take/${name}">`)]).toEqual([
      name,
      !fresh.views.widgets.has(name),
    ]);
    const one = await page(`${fresh.url}/widgets/to-take/${name}`);
    expect(one).toContain(`npx brooklet add ${name}`);
    for (const file of files) expect(one).toContain(file);
    expect(one).not.toContain("sse-connect");
  }
  expect(await page(`${taken.url}/widgets`)).not.toContain("to-take");
  for (const own of ["chat", "chat-turn"]) {
    expect(fresh.views.widgets.has(own)).toBe(true);
    expect(list).not.toContain(`href="/widgets/${own}"`);
  }
});

test("one that there is not to take is 404, with the name that may have been meant", async () => {
  const response = await fetch(`${fresh.url}/widgets/to-take/metre`, { headers: { accept: "text/html" } });
  expect([response.status, await response.text()]).toEqual([404, expect.stringContaining("Did you mean “meter”?")]);
});

test("on a public site the widgets to take are no news: they are neither listed nor shown", async () => {
  const open = await start({ config: { showSource: false } });
  expect(await page(`${open.url}/widgets`)).not.toContain("to-take");
  expect((await fetch(`${open.url}/widgets/to-take/meter`)).status).toBe(404);
  await open.close();
});

test("a comment is said by its form, refused with the reason, and shown", async () => {
  const form = await page(`${taken.url}/said`);
  const once = /name="_once" value="([^"]+)"/.exec(form)![1]!;
  const say = (fields: Record<string, string>) =>
    fetch(`${taken.url}/actions/comments/add`, {
      method: "POST",
      headers: { accept: "text/html", referer: `${taken.url}/said` },
      body: new URLSearchParams({ _once: once, ...fields }),
      redirect: "manual",
    });
  const refused = await say({ name: "Ada", text: " " });
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("Say something.")]);
  expect((await say({ name: "Ada", text: "I was *there*." })).status).toBe(303);
  expect(await page(`${taken.url}/said`)).toContain("<p>I was <em>there</em>.</p>");
});

test("a table is sorted by its values as its page's address says, by links that turn the order round", async () => {
  await taken.broker.publish([
    { topic: "table" as never, data: [{ n: 2 }, { n: 1234.56789 }, { n: "" }, {}, { n: 1 }] },
  ]);
  const order = (html: string) => [...html.matchAll(/<td[^>]*><bdi>([^<]*)<\/bdi>/g)].map(([, n]) => n);
  const [up, down] = [await page(`${taken.url}/sorted`), await page(`${taken.url}/sorted?sort=-1`)];
  expect(order(up)).toEqual(["1", "2", "1,234.568", "–", "–"]);
  expect(order(down)).toEqual(["1,234.568", "2", "1", "–", "–"]);
  expect(up).toContain('aria-sort="ascending"><a href="?sort=-1">');
  expect(down).toContain('aria-sort="descending"><a href="?sort=1">');
});

test("of more than a hundred rows the first hundred are shown, and how many more there are", async () => {
  const rows = Array.from({ length: 123 }, (_, n) => ({ n }));
  await taken.broker.publish([{ topic: "table" as never, data: rows }]);
  const html = await taken.broker.html(parseRegion("table"));
  expect(html.match(/<td/g)).toHaveLength(100);
  expect(html).toContain("and 23 more");
});
