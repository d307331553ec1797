import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deny } from "../../../../src/engine/access/authorize.ts";
import { action } from "../../../../src/engine/actions/action.ts";
import { refuse } from "../../../../src/engine/actions/refuse.ts";
import { LoadedPage } from "../../../support/loaded-page.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";

const asked: (string | undefined)[] = [];
const seen: object[] = [];
let server: TestServer;
beforeAll(async () => {
  server = await start({
    views: templates({
      "widgets/room.eta": "---\naccess: page\n---\n<b><%= data %></b>",
      "pages/rooms/[room].eta":
        '<h1><%= params.room %></h1> <%~ live("room/" + params.room) %> <form <%~ action("paint") %>><input name="colour"><button>Paint</button></form>',
      "pages/[a]/[b].eta": "<h1>two</h1>",
      "pages/[a].eta": '<h1><%= params.a %></h1> <%= data === undefined ? "no data" : "" %>',
    }),
    actions: {
      paint: action(({ fields, page, publish }) => {
        seen.push({ ...page });
        if (fields.colour === "") refuse({ colour: "Name a colour." });
        return publish(`room/${page.params.room}`, fields.colour);
      }),
    },
    authorize: ({ page }) => {
      asked.push(page);
      if (page === "rooms/cellar") deny("Nobody goes there.");
      return undefined;
    },
  });
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers: { accept: "text/html", ...headers } });
const text = async (path: string) => (await get(path)).text();

describe("a page with a parameter in its path", () => {
  test("is shown for whatever is a segment, with the region that it names", async () => {
    const html = await text("/rooms/kitchen");
    expect(html).toContain("<h1>kitchen</h1>");
    expect(html).toContain('aria-label="room kitchen"');
  });

  test("is 404 for what makes no topic, as for any address without a page; and none leads to its file", async () => {
    for (const path of ["/rooms/a%20b", "/rooms/%00", "/roomz/a/b"])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect(await text("/room")).not.toContain("rooms/[");
  });

  test("lets all go first that has an address of its own", async () => {
    expect(await text("/widgets/feed")).not.toContain("<h1>two</h1>");
    expect(await text("/health/more")).toContain("<h1>two</h1>");
    const published = await fetch(`${server.url}/publish/counter`, {
      method: "POST",
      body: "1",
      headers: { "content-type": "application/json" },
    });
    expect(published.status).toBe(201);
  });

  test("is asked of the author's hook by the name with its parameters", async () => {
    expect((await get("/rooms/cellar")).status).toBe(403);
    expect((await get("/rooms/c%65llar")).status).toBe(403);
    expect(asked).toContain("rooms/kitchen");
    expect(asked.filter((page) => page?.includes("["))).toEqual([]);
  });

  test("is not compressed, since whoever leads there has their words in it", async () => {
    const headers = { "accept-encoding": "gzip" };
    expect((await get("/health/more", headers)).headers.get("content-encoding")).toBeNull();
    expect((await get("/widgets", headers)).headers.get("content-encoding")).not.toBeNull();
  });

  test("is given no feature's data, whatever its name is that a visitor makes", async () => {
    for (const name of ["__proto__", "constructor", "toString"])
      expect(await text(`/${name}`)).toContain(`<h1>${name}</h1> no data`);
  });

  test("takes no other method than GET", async () => {
    const response = await fetch(`${server.url}/health/more`, { method: "PUT" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("a form on it", () => {
  const press = async (colour: string, htmx = true) => {
    const page = await LoadedPage.load(server, "/rooms/kitchen");
    return page.press("paint", "/rooms/kitchen", { colour }, htmx);
  };

  test("is answered in its page, by an action that knows which it is", async () => {
    const refused = await press("");
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain("Name a colour.");
    expect(seen.at(-1)).toMatchObject({ address: "/rooms/kitchen", params: { room: "kitchen" } });
    expect((await press("blue")).status).toBe(200);
    expect(await text("/rooms/kitchen")).toContain("<b>blue</b>");
  });

  test("without JavaScript, too: refused on the page, and taken back to it", async () => {
    const refused = await (await press("", false)).text();
    expect(refused).toContain("<h1>kitchen</h1>");
    expect(refused).toContain("Name a colour.");
    const taken = await press("red", false);
    expect([taken.status, taken.headers.get("location")]).toEqual([303, "/rooms/kitchen"]);
  });
});
