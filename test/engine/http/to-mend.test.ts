import { rmSync } from "node:fs";
import type Router from "@koa/router";
import { afterEach, expect, test, vi } from "vitest";
import { writeFiles } from "../../support/folders.ts";
import { type Options, start, type TestServer, templates } from "../../support/server.ts";

let views: string;
let server: TestServer;
let said: unknown[];
afterEach(() => server.close());

async function developed(files: Record<string, string> = {}, config: Options["config"] = {}): Promise<void> {
  views = templates(files);
  said = [];
  // A feature that leaves its address to a page of the author's.
  const routes = (router: Router) => router.get("/handbook", () => {});
  const handbook = { name: "handbook", elsewhere: ["handbook"], create: () => ({ routes }) };
  const report = (what: unknown) => said.push(what);
  server = await start({
    views,
    features: [handbook],
    config: { development: true, hotSwap: true, ...config },
    report,
  });
}

/** Resolves once the author has been told of it in the terminal. */
const told = (what: string) => vi.waitFor(() => expect(said.join("\n")).toContain(what), 10_000);

const toldOf = (file: string) => said.filter((what) => `${what}`.includes(file));

async function asked(path: string, accept = "application/json") {
  const response = await fetch(server.url + path, { headers: { accept } });
  return { status: response.status, text: await response.text(), again: response.headers.get("hx-refresh") };
}
const detailAt = async (path: string) => JSON.parse((await asked(path)).text).detail;

test("while a mistake keeps new pages from being there, their addresses show it, until it is mended", async () => {
  await developed();
  writeFiles(views, { "pages/broken.eta": "<h1>New</h1>\n<%= 1", "pages/right.eta": "<h1>Right</h1>" });
  await told("pages/broken.eta:2: ");
  for (const path of ["/broken", "/right"]) {
    expect(await detailAt(path)).toMatch(/pages\/broken\.eta:2: .*\n\n(?:.*\n)*.*>> 2\| <%= 1/);
  }
  const { status, text } = await asked("/broken", "text/html");
  expect(status).toBe(404);
  expect(text).toContain("pages/broken.eta:2: ");
  expect(text).toMatch(/<pre class="code"[^>]*><code>(?:.|\n)*&lt;%= 1/);
  const [, ask = ""] = /hx-get="(\/here[^"]*)" hx-trigger="every 1s"/.exec(text) ?? [];
  expect((await asked(ask)).again).toBeNull();

  writeFiles(views, { "pages/broken.eta": "<h1>New</h1>" });
  await vi.waitFor(async () => expect((await asked(ask)).again).toBe("true"), 10_000);
  expect((await asked("/broken")).status).toBe(200);
  expect((await asked("/right")).status).toBe(200);
  expect(await detailAt("/nowhere")).toBeUndefined();
});

test("so does what is published to a widget that is not there for it", async () => {
  await developed();
  writeFiles(views, { "widgets/clk.eta": "<b><%= data" });
  await told("widgets/clk.eta:1: ");
  const response = await fetch(`${server.url}/publish/clk`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "1",
  });
  expect(await response.json()).toMatchObject({ status: 404, detail: expect.stringContaining("widgets/clk.eta:1: ") });
});

test("the address of a page that nothing reads says how it becomes one", async () => {
  await developed({ "pages/about.html": "<h1>About</h1>", "page/team/index.eta": "<h1>Team</h1>", "terms.eta": "" });
  for (const path of ["/about", "/about.html"]) {
    expect(await detailAt(path)).toMatch(/pages\/about\.html: nothing reads it: .* Rename it to .*pages\/about\.eta/);
  }
  expect(await detailAt("/team")).toMatch(/page\/team\/index\.eta: nothing reads it. Move it to .*pages\/team/);
  expect(await detailAt("/terms")).toMatch(/terms\.eta: nothing shows it. As a page it is .*pages\/terms\.eta/);
  expect(await detailAt("/other")).toBeUndefined();
  const { text } = await asked("/about", "text/html");
  const [, ask = ""] = /hx-get="(\/here[^"]*)" hx-trigger="every 1s"/.exec(text) ?? [];
  rmSync(`${views}/pages/about.html`);
  await vi.waitFor(async () => expect((await asked(ask)).again).toBe("true"), 10_000);
});

test.each([true, false])(
  "a page that a route of the server's own hides is told of, development: %s",
  async (hotSwap) => {
    const shown = ["pages/[events].eta", "pages/topics.d.eta", "pages/_metrics.eta", "pages/rooms/[room].eta"];
    const hidden = ["pages/metrics.eta", "pages/publish.eta", "pages/widgets/[name].eta"];
    const page = "<h1>Mine</h1>";
    await developed(Object.fromEntries([...shown, ...hidden].map((file) => [file, page])), {
      development: hotSwap,
      hotSwap,
    });
    expect(shown.flatMap(toldOf)).toEqual([]);
    for (const file of hidden) {
      const at = `/${file.slice("pages/".length, -".eta".length)}`;
      expect(toldOf(file)).toEqual([
        expect.stringMatching(
          /: nobody sees it: the server itself answers at (\/\S+)\. Rename the file; .* healthz, here, /,
        ),
      ]);
      expect(toldOf(file)[0]).toContain(` at ${at}. `);
    }
  },
);

test("so is one that comes later; where a feature leaves its address to the author, that it does from the next start on", async () => {
  await developed();
  writeFiles(views, { "pages/events.eta": "<h1>Mine</h1>", "pages/handbook.eta": "<h1>Mine</h1>" });
  await told("pages/events.eta: nobody sees it: ");
  expect(toldOf("pages/handbook.eta")).toEqual([
    expect.stringMatching(/at \/handbook\. Start it again: then it leaves that address to this page\.$/),
  ]);
  writeFiles(views, { "pages/events.eta": "<h1>Ours</h1>", "pages/right.eta": "<h1>Right</h1>" });
  await vi.waitFor(async () => expect((await asked("/right")).status).toBe(200), 10_000);
  expect(toldOf("pages/events.eta")).toHaveLength(1);
});

test("visitors are told of neither", async () => {
  await developed({ "pages/about.html": "" }, { development: false });
  writeFiles(views, { "pages/broken.eta": "<%= 1" });
  await told("pages/broken.eta:1: ");
  expect(await detailAt("/about")).toBeUndefined();
  expect(await detailAt("/broken")).toBeUndefined();
  expect((await asked("/broken", "text/html")).text).not.toContain("broken.eta");
});

test("every page shows the mistake as it is loaded, also one where nothing is live, until it is mended", async () => {
  await developed({ "pages/about.eta": "<h1>About</h1>" });
  expect((await asked("/about")).text).toContain('<div id="_notice" role="alert"></div>');
  writeFiles(views, { "pages/about.eta": "<h1>Other</h1>\n<%= 1" });
  await told("pages/about.eta:2: ");
  for (const path of ["/about", "/widgets"]) {
    const { text } = await asked(path, "text/html");
    expect(text).toMatch(
      /<div id="_notice" role="alert"><p class="banner mistake">.*pages\/about\.eta:2: (?:.|\n)*<code>/,
    );
  }
  expect((await asked("/about")).text).toContain("<h1>About</h1>");
  writeFiles(views, { "pages/about.eta": "<h1>Other</h1>" });
  await vi.waitFor(async () => expect((await asked("/about")).text).toContain("<h1>Other</h1>"), 10_000);
  expect((await asked("/about")).text).toContain('<div id="_notice" role="alert"></div>');
});
