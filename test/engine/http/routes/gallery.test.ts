import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parse } from "parse5";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { every } from "../../../../src/engine/sources/every.ts";
import { codesOn } from "../../../support/codes.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";
import { given, tokensFile } from "../../../support/tokens.ts";

const run = promisify(execFile);
const never = every(1_000_000, () => 1);

let server: TestServer;
beforeAll(async () => {
  const views = templates({
    "widgets/odd.eta": '<b id="x"><%= data.name.toUpperCase() %></b>',
    "widgets/odd.samples.json": '{ "good": { "data": { "name": "it\'s" } }, "wrong": { "data": {} } }',
    "widgets/bare.eta": "<%= data %>",
    "widgets/told.eta": "---\ncommand: redis-cli PUBLISH told 'Hello from redis-cli'\n---\n<%= data %>",
    "widgets/told.samples.json": '{ "hello": { "data": "Hello" } }',
  });
  const sources = { told: never, own: () => never };
  server = await start({ views, sources });
});
afterAll(() => server.close());

const get = async (path: string) => {
  const response = await fetch(server.url + path, { headers: { accept: "text/html" } });
  return { status: response.status, html: await response.text() };
};
const ids = (html: string) => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);

test("samples are rendered once for each set of templates, however often they are looked at", async () => {
  const rendered = vi.spyOn(server.views, "fragment");
  // The pace at which a page would ask for a lost stream is drawn by lot for each, and so is the load's name.
  const gallery = async () =>
    (await get("/widgets")).html.replace(/ class="moment\d\d"| name="_load" value="[\w-]+"/g, "");
  const first = await gallery();
  expect(rendered).toHaveBeenCalled();
  rendered.mockClear();
  expect(await gallery()).toBe(first);
  await get("/widgets/rows");
  expect(rendered).not.toHaveBeenCalled();
  rendered.mockRestore();
});

describe("/widgets", () => {
  test("links to every widget but those that are a feature's own, and has one that is without samples", async () => {
    const { status, html } = await get("/widgets");
    expect(status).toBe(200);
    for (const name of server.views.widgets.keys()) {
      const isLinked = html.includes(`<a href="/widgets/${name}">`);
      expect([name, isLinked]).toEqual([name, !/^chat(-turn)?$/.test(name)]);
    }
    expect(html).toContain("It has no sample.");
  });

  test("is still: it shows samples, and opens no stream", async () => {
    const { html } = await get("/widgets");
    expect(html).not.toContain("sse-connect");
    expect(html).toContain("14:03:07");
  });
});

describe("/widgets/<name>", () => {
  test("is there for every widget, with its title, its template and no id twice", async () => {
    const names = [...server.views.widgets.keys()];
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const { title, source } = server.views.widgets.get(name)!;
      const { status, html } = await get(`/widgets/${name}`);
      expect(status).toBe(200);
      expect(html).toContain(`<h1>${title}</h1>`);
      expect(codesOn(html)).toContain(source.trimEnd());
      expect(ids(html).length).toBe(new Set(ids(html)).size);
    }
  });

  test("shows the first paint of the live widget, and one stream for it", async () => {
    await server.broker.publish([{ topic: "counter" as never, data: { count: 41_234 } }]);
    const { html } = await get("/widgets/counter");
    expect(html).toMatch(/<div id="counter"[^>]*><b class="figure">41,234/);
    expect(html.match(/sse-connect="\/events\?regions=counter&/g)).toHaveLength(1);
  });

  test("shows each sample by its name, with its data", async () => {
    const { html } = await get("/widgets/feed");
    for (const { name, data } of server.views.widgets.get("feed")!.samples) {
      expect(html).toContain(`<h3>${name}</h3>`);
      expect(codesOn(html)).toContain(JSON.stringify(data, null, 2));
    }
  });

  test("has a command that publishes also to a widget without samples", async () => {
    const { html } = await get("/widgets/bare");
    const [command] = codesOn(html).filter((code) => code.startsWith("curl "));
    expect(command).toContain("/publish/bare ");
    expect(command).toMatch(/ -d '\{\}'$/);
    const { stdout } = await run("sh", ["-c", `${command} -s`]);
    expect(JSON.parse(stdout)).toMatchObject({ topic: "bare" });
  });

  test("keeps what looks like a button in a sample from doing anything", async () => {
    const { html } = await get("/widgets/press");
    const pictures = html.slice(html.indexOf(">Samples<"));
    expect(pictures).toContain("<button");
    expect(pictures).toContain('<div class="picture" hx-disable inert>');
  });

  test("says of a sample that cannot be rendered why, and shows the others", async () => {
    const { status, html } = await get("/widgets/odd");
    expect(status).toBe(200);
    expect(html).toContain("IT&#39;S");
    expect(html).toContain("Widget “odd” cannot render this value.");
  });

  test("puts rows into a table, where an HTML parser leaves them", async () => {
    const { html } = await get("/widgets/rows");
    const errors: string[] = [];
    parse(html, { onParseError: ({ code }) => errors.push(code) });
    expect(errors).toEqual([]);
    expect(html).toMatch(/<table><tbody id="rows"/);
    expect(html).toMatch(/<table><tbody><tr id="rows__\w+_1"><td>first row/);
  });

  test("shows a command that, run as it is, feeds the widget: quotes and all", async () => {
    const fed: string[] = [];
    const sampled = [...server.views.widgets.values()].filter(({ samples }) => samples.length > 0);
    for (const { name } of sampled) {
      const command = codesOn((await get(`/widgets/${name}`)).html).find((block) => block.startsWith("curl "));
      if (command === undefined) continue;
      const { stdout } = await run("sh", ["-c", `${command} -s`]);
      expect(JSON.parse(stdout)).toMatchObject({ topic: name });
      fed.push(name);
    }
    expect(fed.sort()).toEqual(["counter", "feed", "odd", "press", "price", "rows", "told"]);
    expect((await get("/widgets/odd")).html).toContain('<b id="x">IT&#39;S</b>');
  });

  test("shows what moves its source, where there is one", async () => {
    expect(codesOn((await get("/widgets/told")).html)[1]).toBe("redis-cli PUBLISH told 'Hello from redis-cli'");
    expect(codesOn((await get("/widgets/price")).html)[1]).toMatch(/^curl /); // here it has none
  });

  test("runs no source that would be everybody's where each reader has their own, and leads to their page", async () => {
    const { html } = await get("/widgets/own");
    expect(html).toContain("One for each reader");
    expect(html).toContain('href="/own"');
    expect(html).not.toContain("sse-connect");
  });

  test("that there is not is 404, with the name that may have been meant", async () => {
    const { status, html } = await get("/widgets/prise");
    expect(status).toBe(404);
    expect(html).toContain("Did you mean “price”?");
    expect((await get("/widgets/_widget")).status).toBe(404);
    expect((await get("/widgets/%ff")).status).toBe(404);
  });

  test("keeps its template to itself where that is not to be shown", async () => {
    const closed = await start({ config: { showSource: false } });
    const { source } = closed.views.widgets.get("price")!;
    const page = await (await fetch(`${closed.url}/widgets/price`)).text();
    const all = await (await fetch(`${closed.url}/widgets`)).text();
    await closed.close();
    expect(codesOn((await get("/widgets/price")).html)).toContain(source.trimEnd());
    expect(codesOn(page).join("\n")).not.toContain(source.trim().split("\n").at(-1));
    expect(page).not.toContain("views/widgets/price.eta");
    expect(page).toContain("Its data");
    expect(all).not.toContain("the template that makes it");
  });

  test("shows the token's place in the command where one is needed", async () => {
    const closed = await start({ config: { publishToken: "secret-4711" } });
    const html = await (await fetch(`${closed.url}/widgets/price`)).text();
    await closed.close();
    expect(codesOn(html)[1]).toContain('-H "authorization: Bearer $PUBLISH_TOKEN"');
    expect(html).not.toContain("secret-4711");

    const listed = await start({
      config: { tokensFile: tokensFile([given("ticker", "rights: publish, topics: price")]) },
    });
    const other = await (await fetch(`${listed.url}/widgets/price`)).text();
    await listed.close();
    expect(codesOn(other)[1]).toContain('-H "authorization: Bearer $TOKEN"');
  });
});
