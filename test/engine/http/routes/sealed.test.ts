import { writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { action, deny } from "../../../../src/brooklet.ts";
import type { Decide } from "../../../../src/engine/access/authorize.ts";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../../src/engine/log/memory.ts";
import { LoadedPage } from "../../../support/loaded-page.ts";
import { Raw } from "../../../support/raw.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";
import { given, tokensFile } from "../../../support/tokens.ts";

const files = {
  "widgets/inner.eta": "---\naccess: page\n---\n<b><%= data %></b>",
  "widgets/outer.eta": "<i><%= data %></i>",
  "pages/inner.eta": '<%~ live("inner") %>',
  "pages/other.eta": '<%~ live("inner/other") %>',
  "pages/both.eta":
    '<%~ live("inner") %><%~ live("outer") %><%~ still("inner/later") %><form <%~ action("later") %>></form>',
  "pages/outer.eta": '<%~ live("outer") %>',
  "pages/mine.eta": '<%~ live("outer/" + visitor()) %>',
  "pages/once.eta": '<%~ live("outer/" + once()) %>',
};
const actions = { later: action(({ page }) => page.join("inner/later")) };
const SECRET = "what only pages show";

let secret = "a secret that all nodes of this log have";
const logOfSecret = () => Object.defineProperty(new MemoryLog(), "secret", { get: () => secret });
const views = templates(files);
const reader = given("reader", "rights: [read], topics: inner");
const publisher = given("publisher", "rights: [publish], topics: inner");
const stranger = given("stranger", "");
const file = tokensFile([reader, publisher]);

let server: TestServer;
beforeAll(async () => {
  const config = { tokensFile: file };
  server = await start({ views, log: logOfSecret(), actions, checkMs: 20, heartbeatMs: 100_000, config });
  for (const topic of ["inner", "inner/other", "inner/later"]) {
    await server.broker.publish([{ topic: parseTopic(topic), data: SECRET }]);
  }
  await server.broker.publish([{ topic: parseTopic("outer"), data: "for all" }]);
});
afterAll(() => server.close());

const opened: Raw[] = [];
afterEach(() => {
  for (const raw of opened.splice(0)) raw.socket.destroy();
});
const open = (page: LoadedPage, stream = page.stream!, to = server) => {
  const raw = page.open(stream.replace(/&cursor=[^&]*/, ""), to.port);
  opened.push(raw);
  return raw;
};
const load = (path: string, cookie = "") => LoadedPage.load(server, path, cookie);
const refused = "may not be shown here any more";

describe("a page with a region that is for pages alone", () => {
  test("opens its stream with its seal and its visitor's cookie", async () => {
    const page = await load("/inner");
    expect(page.html).toContain(SECRET);
    expect(page.stream).toMatch(/^\/events\?regions=inner&seal=[0-9a-z]{8}\.[\w-]{22}\.inner&cursor=/);
    expect(await open(page).until(SECRET)).toMatch(/^HTTP\/1\.1 200/);
  });

  test("gives its visitor a cookie where there is none, and leaves the one that there is", async () => {
    const { cookie } = await load("/inner");
    expect(cookie).toMatch(/^visitor=[\w-]+; visitor\.sig=/);
    const response = await fetch(`${server.url}/inner`, { headers: { cookie } });
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test("that is public only has neither cookie nor seal, as ever", async () => {
    const page = await load("/outer");
    expect([page.cookie, page.seal]).toEqual(["", undefined]);
    expect(page.stream).toMatch(/^\/events\?regions=outer&cursor=[\w-]+$/);
  });

  test.each(["mine", "once"])("is one that shows a topic of one's own, whatever its widget says: /%s", async (name) => {
    const page = await load(`/${name}`);
    await server.broker.publish([{ topic: parseTopic(page.regions), data: SECRET }]);
    await open(page).until(SECRET);
    const bare = await open(page, `/events?regions=${page.regions}`).end();
    expect(bare).toContain(refused);
    expect(bare).not.toContain(SECRET);
    expect((await fetch(`${server.url}/topics/${page.regions}`)).status).toBe(401);
  });

  test("opens it on another node of the same log", async () => {
    const other = await start({ views, actions, log: logOfSecret() });
    await other.broker.publish([{ topic: parseTopic("inner"), data: SECRET }]);
    await open(await load("/inner"), undefined, other).until(SECRET);
    await other.close();
  });
});

describe("whoever has not loaded the page reads nothing of it, and is told so once", () => {
  const forged = (seal: string) => seal.replace(/\.(.)/, (_, first) => (first === "A" ? ".B" : ".A"));
  const later = (seal: string) => (Date.now() + 1e9).toString(36) + seal.slice(seal.indexOf("."));
  const ofAnother = (seal: string) => seal.replace("inner", "outer");
  test.each<[string, (page: LoadedPage, others: LoadedPage) => [page: LoadedPage, regions: string, seal: string]]>([
    ["without a seal", (page) => [page, "inner", ""]],
    ["without a cookie", (page) => [new LoadedPage(server, page.html, ""), "inner", page.seal!]],
    ["with another visitor's seal", (page, others) => [page, "inner", others.seal!]],
    ["with a forged seal", (page) => [page, "inner", forged(page.seal!)]],
    ["with a seal that is made to last longer", (page) => [page, "inner", later(page.seal!)]],
    ["with a seal that is made to be another page's", (page) => [page, "inner", ofAnother(page.seal!)]],
    ["for another region", (page) => [page, "inner/other", page.seal!]],
    ["for one more", (page) => [page, "inner,inner/other", page.seal!]],
    ["for the same with params", (page) => [page, "inner?a=b", page.seal!]],
    ["with garbage", (page) => [page, "inner", "\u0000.é"]],
  ])("%s", async (_, ask) => {
    const [page, regions, seal] = ask(await load("/inner"), await load("/inner"));
    const url = `/events?regions=${encodeURIComponent(regions)}&seal=${encodeURIComponent(seal)}`;
    const text = await open(page, url).end();
    expect(text).toMatch(/^HTTP\/1\.1 200/);
    expect(text).toContain(refused);
    expect(text).toMatch(/event: end\ndata: \n\n$/);
    expect(text).not.toContain(SECRET);
  });

  test("and what else the page shows goes on", async () => {
    const page = await load("/both");
    const text = await open(page, `/events?regions=${page.regions}`).until("for all");
    expect(text).toContain(refused);
    expect(text).not.toContain(SECRET);
  });

  test("also where it asks for the stream's element: that has what is public, and asks no more for the rest", async () => {
    const stranger = new LoadedPage(server, (await load("/both")).html, "");
    const again = await stranger.again();
    expect(again.html).toContain(refused);
    expect([again.regions, again.seal]).toEqual(["outer", undefined]);
  });

  test.each([
    ["/topics/inner", 401],
    ["/topics/inner/none", 401],
    ["/topics/inner?item=none", 401],
    ["/events?regions=inner&as=json", 401],
    ["/events?regions=outer,inner/none&as=json", 401],
  ])("nor does a program without a token: %s", async (path, status) => {
    const response = await fetch(server.url + path);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code: "token_missing" });
  });

  test.each<[string, number, { bearer: Record<string, string> }?]>([
    ["/topics/inner", 200],
    ["/events?regions=inner&as=json", 200],
    ["/topics/inner/other", 403],
    ["/events?regions=inner,inner/other&as=json", 403],
    ["/topics/inner", 403, publisher],
    ["/topics/inner", 401, stranger],
    ["/topics/outer", 200, stranger],
  ])("a program with a token reads what that is for: %s is answered %d", async (path, status, { bearer } = reader) => {
    const response = await fetch(server.url + path, { headers: bearer });
    expect(response.status).toBe(status);
    await response.body!.cancel();
  });

  test("a program's stream ends once its token is worth nothing any more", async () => {
    const raw = new Raw(server.port).send(
      "GET /events?regions=inner&as=json HTTP/1.0",
      "Host: localhost",
      `Authorization: ${reader.bearer.authorization}`,
      "",
      "",
    );
    await raw.until(SECRET);
    writeFileSync(file, publisher.line);
    await raw.end();
    expect((await fetch(`${server.url}/topics/inner`, { headers: reader.bearer })).status).toBe(401);
  });

  test("nor does a program that has a page's seal and cookie, but is none", async () => {
    const page = await load("/inner");
    expect((await page.ask(`${page.stream}&as=json`)).status).toBe(401);
  });

  test("and the gallery shows its samples alone", async () => {
    const html = await (await fetch(`${server.url}/widgets/inner`)).text();
    expect(html).not.toContain(SECRET);
    expect(html).not.toContain("sse-connect");
  });
});

describe("a region joins a page", () => {
  const join = (page: LoadedPage, region: string) =>
    page.ask(`/join?_regions=${encodeURIComponent(page.list)}&region=${region}`);

  test("by an action that names it, if the page's list was sealed before", async () => {
    const page = await load("/both");
    const form = { _regions: page.list };
    const joined = new LoadedPage(server, await (await page.ask("/actions/later", form)).text(), page.cookie);
    expect(joined.regions).toBe("inner,outer,inner/later");
    expect((await open(joined).until("for all")).split(SECRET)).toHaveLength(3);
  });

  test("and what was not sealed before does not join along with it", async () => {
    const page = await load("/both");
    const form = { _regions: `inner/other,${page.list}` };
    const joined = new LoadedPage(server, await (await page.ask("/actions/later", form)).text(), page.cookie);
    expect(joined.regions).toBe("outer,inner/later");
  });

  test("by a request, where it is public; its page keeps what it has", async () => {
    const page = await load("/inner");
    const response = await join(page, "outer");
    expect(response.status).toBe(200);
    const joined = new LoadedPage(server, await response.text(), page.cookie);
    expect(joined.regions).toBe("inner,outer");
    await open(joined).until(SECRET);
  });

  test("never by a request, where it is for pages alone", async () => {
    const response = await join(await load("/inner"), "inner/other");
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "region_forbidden" });
  });
});

describe("a seal", () => {
  afterEach(() => vi.useRealTimers());
  const asks = 'hx-get="/stream?renewal" hx-trigger="load"';
  /** Timers run on as they are. */
  const minutesLater = (minutes: number) => {
    const now = Date.now() + minutes * 60_000;
    vi.useFakeTimers({ toFake: ["Date"], now });
  };

  test("is renewed in time: its page is told to ask for another, with which it goes on", async () => {
    const page = await load("/inner");
    const raw = open(page);
    expect(await raw.until(SECRET)).not.toContain(asks);
    minutesLater(45);
    await raw.until(asks);
    const again = await page.again();
    expect(again.seal).not.toBe(page.seal);
    minutesLater(45);
    await open(again).until(SECRET);
  });

  test("that has expired ends the stream of a page that has not asked, and opens nothing", async () => {
    const page = await load("/inner");
    const raw = open(page);
    await raw.until(SECRET);
    minutesLater(61);
    expect(await raw.end()).not.toContain(refused);
    const text = await open(page).end();
    expect(text).toContain(asks);
    expect(text).not.toContain(SECRET);
  });

  test("that has expired is renewed for its visitor's page, and for nobody else's", async () => {
    const page = await load("/inner");
    minutesLater(100_000);
    await open(await page.again()).until(SECRET);
    const other = await load("/inner");
    const again = await new LoadedPage(server, page.html, other.cookie).again();
    expect(again.html).toContain(refused);
    expect([again.regions, again.seal]).toEqual(["", undefined]);
  });
});

describe("where authorize says who may", () => {
  /** What nobody may: a page's or a topic's name; “!” and it is not known. */
  let denied = "";
  let guarded: TestServer;
  beforeAll(async () => {
    const hook: Decide = ({ page, topic }) => {
      if (denied === "!") throw new Error("the database is away");
      return page === denied || topic === denied ? deny() : undefined;
    };
    guarded = await start({ views, actions, authorize: hook, checkMs: 20, heartbeatMs: 100_000 });
    await guarded.broker.publish([{ topic: parseTopic("inner"), data: SECRET }]);
    await guarded.broker.publish([{ topic: parseTopic("outer"), data: "for all" }]);
  });
  afterAll(() => guarded.close());
  afterEach(() => {
    denied = "";
  });

  test.each(["inner", "both"])(
    "an open page that may not any more is told within a minute: %s is denied",
    async (name) => {
      const page = await LoadedPage.load(guarded, "/both");
      const raw = open(page, undefined, guarded);
      await raw.until("for all");
      denied = name;
      await raw.end();
      const text = await open(page, undefined, guarded).until("for all");
      expect(text).toContain(refused);
      expect(text).not.toContain(SECRET);
      const again = await page.again();
      expect([again.regions, again.seal]).toEqual(["outer", undefined]);
    },
  );

  test("so is one that shows what is public, if it may not read that", async () => {
    const page = await LoadedPage.load(guarded, "/outer");
    const raw = open(page, undefined, guarded);
    await raw.until("for all");
    denied = "outer";
    await raw.end();
    expect(await open(page, undefined, guarded).end()).toMatch(/event: end\ndata: \n\n$/);
  });

  test("nor does another page take along what was sealed for the one that may not be loaded any more", async () => {
    const page = await LoadedPage.load(guarded, "/both");
    const form = { _regions: page.list, _page: "/outer" };
    const joined = new LoadedPage(guarded, await (await page.ask("/actions/later", form)).text(), page.cookie);
    expect(joined.regions).toBe("inner,outer,inner/later");
    denied = "both";
    const text = await open(joined, undefined, guarded).until("for all");
    expect(text).toContain(refused);
    expect(text).not.toContain(SECRET);
  });

  test("and a page whose visitor nobody knows just now comes back later", async () => {
    const page = await LoadedPage.load(guarded, "/both");
    denied = "!";
    const text = await open(page, undefined, guarded).end();
    expect(text).toMatch(/^HTTP\/1\.1 200[\s\S]*\r\n\r\nretry: 15000\n\n$/);
    expect(guarded.errors.join()).toContain("Who may do this could not be found out");
    denied = "";
    await open(page, undefined, guarded).until(SECRET);
  });

  test.each([
    ["/topics/outer", 200, 403],
    ["/events?regions=outer&as=json", 200, 403],
  ])("a program is asked for, too: %s", async (path, status, then) => {
    const statusOf = async () => {
      const response = await fetch(guarded.url + path);
      await response.body!.cancel();
      return response.status;
    };
    expect(await statusOf()).toBe(status);
    denied = "outer";
    expect(await statusOf()).toBe(then);
  });
});

test("another secret, as a log that is replaced brings one, ends what is open, and the page is told to load anew", async () => {
  const page = await load("/inner");
  const raw = open(page);
  await raw.until(SECRET);
  secret = "a secret of another log, which the seal was not made with";
  await raw.end();
  const text = await open(page).end();
  expect(text).toContain(refused);
  expect(text).not.toContain(SECRET);
  await open(await load("/inner", page.cookie)).until(SECRET);
});
