import { symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../../support/folders.ts";
import { LoadedPage } from "../../../support/loaded-page.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";

const SCHEMA = `import { z } from "zod";
export default z.object({ name: z.string(), heat: z.number().max(30, "At most 30.") });
`;
const FILES = {
  "widgets/room.eta": "<b><%= data.name %> <%= data.heat %></b>",
  "widgets/room.samples.json": '{ "one": { "data": { "name": "<Attic>", "heat": 20.5 } } }',
  "widgets/room.schema.ts": SCHEMA,
  "widgets/mine.eta": "---\naccess: page\n---\n<b><%= data.name %></b>",
  "widgets/mine.schema.ts": SCHEMA,
  "widgets/plain.eta": "<b><%= data %></b>",
};

function views(): string {
  const dir = templates(FILES);
  symlinkSync(join(ROOT, "node_modules"), join(dirname(dir), "node_modules"));
  return dir;
}

let server: TestServer;
beforeAll(async () => {
  server = await start({ views: views() });
});
afterAll(() => server.close());

const page = async (name: string, of = server) =>
  (await fetch(`${of.url}/widgets/${name}`, { headers: { accept: "text/html" } })).text();

async function press(typed: Record<string, string>, htmx = true) {
  const gallery = await LoadedPage.load(server, "/widgets/room");
  return gallery.press("brooklet/publish", "/widgets/room", typed, htmx);
}

describe("the gallery's form of a widget with a schema", () => {
  test("publishes what is typed, beginning with the first sample", async () => {
    expect((await press({})).status).toBe(200);
    expect(await page("room")).toContain("<b>&lt;Attic&gt; 20.5</b>");
    expect((await press({ "/name": "Hall", "/heat": "7" })).status).toBe(200);
    expect(await page("room")).toContain("<b>Hall 7</b>");
  });

  test("says beside it what the schema does not take, and what was typed stays", async () => {
    const refused = await press({ "/heat": "31" });
    const said = await refused.text();
    expect([refused.status, said]).toEqual([422, expect.stringContaining("/heat: At most 30.")]);
    expect(said).not.toContain('name="/heat"');
    expect(await (await press({ "/heat": "warm" })).text()).toContain("heat: Write a number.");
  });

  test("works without JavaScript: back to the gallery, or a page that says why not", async () => {
    const taken = await press({ "/heat": "8" }, false);
    expect([taken.status, taken.headers.get("location")]).toEqual([303, "/widgets/room"]);
    const refused = await press({ "/heat": "31" }, false);
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("/heat: At most 30.")]);
  });

  test("is not there for a widget without a schema, nor for one that pages alone may show", async () => {
    for (const name of ["plain", "mine"]) expect(await page(name)).not.toContain("brooklet/publish");
    const refused = await press({ widget: "mine" });
    expect(await refused.text()).toContain("There is no form of it to publish by.");
  });

  test("is not there where publishing needs a token, nor is its action; nor where no forms are taken", async () => {
    const withToken = await start({ views: views(), config: { publishToken: "some-token" } });
    expect(await page("room", withToken)).not.toContain("brooklet/publish");
    const pressed = await fetch(`${withToken.url}/actions/brooklet/publish`, {
      method: "POST",
      body: new URLSearchParams(),
    });
    expect(pressed.status).toBe(404);
    await withToken.close();
    const closed = await start({ views: views(), config: { forms: false } });
    expect(await page("room", closed)).not.toContain("brooklet/publish");
    await closed.close();
  });
});
