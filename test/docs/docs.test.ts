import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docs } from "../../src/docs/feature.ts";
import { readDocsSettings } from "../../src/docs/settings.ts";
import { Variables } from "../../src/engine/config/variables.ts";
import { DOCUMENTS, files, filesIn, TUTORIAL } from "../support/documents.ts";
import { ROOT } from "../support/folders.ts";
import { Raw } from "../support/raw.ts";
import { start, type TestServer, templates } from "../support/server.ts";

const DOCS = join(ROOT, "src/docs");
const names = readdirSync(join(DOCS, "pages")).map((file) => file.replace(/\.md$/, ""));

let server: TestServer;
beforeAll(async () => {
  server = await start({ features: [docs(true)] });
});
afterAll(() => server.close());

const ask = (path: string, init?: RequestInit) => fetch(server.url + path, init);
const page = async (path: string) => {
  const answer = await ask(path, { headers: { accept: "text/html" } });
  return { status: answer.status, html: await answer.text() };
};

describe("the documents", () => {
  test("are there unless a setting says otherwise, and in production only if one asks for them", () => {
    const isOn = (env: Record<string, string | undefined>) => readDocsSettings(new Variables(env));
    expect([{}, { DOCS: "off" }].map(isOn)).toEqual([true, false]);
    const production = { NODE_ENV: "production" };
    expect([production, { ...production, DOCS: "on" }].map(isOn)).toEqual([false, true]);
  });

  test("leave nothing at any address where they are off", async () => {
    const without = await start({ features: [docs(false)] });
    for (const path of ["/docs", "/docs/widgets", "/docs/events?regions=quote", "/docs/assets/style.css"])
      expect([path, (await fetch(without.url + path)).status]).toEqual([path, 404]);
    await without.close();
  });

  test("leave an author's own page of that name as it is", async () => {
    const views = templates({ "pages/docs.eta": "<h1>My own</h1>" });
    const other = await start({ views, features: [docs(true)] });
    expect(await (await fetch(`${other.url}/docs`)).text()).toContain("<h1>My own</h1>");
    expect((await fetch(`${other.url}/docs/widgets`)).status).toBe(404);
    await other.close();
  });

  test("are among the pages that a layout is told of, where they are on", async () => {
    const views = templates({ "pages/list.eta": "<p><%= pages.join() %></p>" });
    for (const on of [true, false]) {
      const other = await start({ views, features: [docs(on)] });
      expect(
        /<p>(.*)<\/p>/
          .exec(await (await fetch(`${other.url}/list`)).text())![1]!
          .split(",")
          .includes("docs"),
      ).toBe(on);
      await other.close();
    }
  });

  test("have a page each, with the list of all, and lead from each to the next", async () => {
    const list = (await page("/docs")).html;
    for (const name of names) {
      expect(list).toContain(`href="/docs/${name}"`);
      const { status, html } = await page(`/docs/${name}`);
      expect([name, status]).toEqual([name, 200]);
      const others = [...html.matchAll(/href="\/docs\/([a-z]+)"/g)].map(([, other]) => other);
      expect([name, names.filter((other) => !others.includes(other))]).toEqual([name, []]);
      expect(html).toMatch(/rel="(?:next|prev)"/);
      expect(html).not.toContain("<th></th>"); // a heading without words
    }
  });

  test("say in the cells of a wide table what heads their columns, for phones, where cells are below each other", async () => {
    const { html } = await page("/docs/reference");
    expect(html).toContain('<td><code>PORT</code></td>\n<td data-head="default">3000</td>\n<td>0 takes');
    expect((await page("/docs/testing")).html).not.toContain("data-head");
  });

  test("may be linked to from anywhere, and their forms are sent by no other site's pages", async () => {
    // As a browser says it; fetch() would say that it is no navigation.
    const visit = (line: string) => {
      const from = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"];
      return new Raw(server.port)
        .send(line, "Host: localhost", "Content-Length: 0", ...from, "Connection: close", "", "")
        .end();
    };
    expect(await visit("GET /docs/widgets HTTP/1.1")).toContain("HTTP/1.1 200 OK");
    expect(await visit("POST /docs/actions/poll/vote HTTP/1.1")).toContain("HTTP/1.1 403 Forbidden");
  });

  test("are alive: what one reader presses, all who have the page open see", async () => {
    const reader = new Raw(server.port).send("GET /docs/events?regions=poll HTTP/1.1", "Host: localhost", "", "");
    await reader.until("id: ");
    const body = new URLSearchParams({ choice: "Coffee" });
    await ask("/docs/actions/poll/vote", { method: "POST", body, redirect: "manual" });
    await reader.until("Coffee: 1");
    reader.socket.destroy();
    expect((await page("/docs/actions")).html).toContain("Coffee: 1");
  });

  test("say beside a field what is wrong with it", async () => {
    const headers = { accept: "text/html", referer: `${server.url}/docs/actions` };
    const body = new URLSearchParams({ name: "Ada", stars: "6", text: "Hello", _once: "guests/sign.0." });
    const answer = await ask("/docs/actions/guests/sign", { method: "POST", body, headers });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("Five at most.");
  });

  test("run what they show: a widget that both have is the same, word for word", () => {
    const shown = new Map(
      [...files, ...filesIn(TUTORIAL)].map(({ path, text }) => [path, text.replace(/<%\/\*.*?\*\/%>\n/, "")]),
    );
    const own = readdirSync(join(DOCS, "views/widgets")).map((file) => `views/widgets/${file}`);
    const both = own.filter((path) => shown.has(path));
    expect(both.length).toBeGreaterThan(1);
    // What only names the region, or bounds a list that anybody may write into, is no part of what is shown.
    const plain = (text: string) => text.replace(/^(?:keep|title|empty): .*\n/gm, "");
    for (const path of both)
      expect([path, plain(readFileSync(join(DOCS, path), "utf8"))]).toEqual([path, plain(shown.get(path)!)]);
  });
});

describe("a link of a document", () => {
  const anchors = new Map<string, Set<string>>();
  const anchorsOf = async (name: string) => {
    const { html } = await page(`/docs/${name}`);
    const found = anchors.get(name) ?? new Set([...html.matchAll(/<h\d id="([^"]+)"/g)].map(([, id]) => id!));
    anchors.set(name, found);
    return found;
  };

  test.each([...DOCUMENTS.keys()])("of %s leads to what is there", async (path) => {
    const text = DOCUMENTS.get(path)!.replace(/^```.*?^```/gms, "");
    const lost: string[] = [];
    for (const [, address] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(address!)) continue;
      const [file = "", anchor] = address!.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      const name = /^src\/docs\/pages\/([a-z]+)\.md$/.exec(target)?.[1];
      if (!existsSync(join(ROOT, target))) lost.push(address!);
      // Beside the documents there is nothing at /docs.
      else if (name === undefined && path !== "README.md") lost.push(address!);
      else if (anchor !== undefined && (name === undefined || !(await anchorsOf(name)).has(anchor)))
        lost.push(address!);
    }
    expect(lost).toEqual([]);
  });
});
