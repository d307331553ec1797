import Keygrip from "keygrip";
import { afterEach, describe, expect, test } from "vitest";
import { type AuthorizeContext, type Decide, deny } from "../../../../src/engine/access/authorize.ts";
import { action } from "../../../../src/engine/actions/action.ts";
import { refuse } from "../../../../src/engine/actions/refuse.ts";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { cookiesOf } from "../../../support/cookies.ts";
import { Raw } from "../../../support/raw.ts";
import { type Options, start, type TestServer, templates } from "../../../support/server.ts";
import { given, tokensFile } from "../../../support/tokens.ts";

const FILES = {
  "layout.eta":
    '<!doctype html><html lang="en"><title><%= title %></title><%~ head() %><p class="who"><%= user?.name ?? "nobody" %></p><%~ pulse() %><%~ notice() %><main id="_main"><%~ body %></main><%~ stream() %></html>',
  "widgets/secret.eta": "<b><%= data %></b>",
  "widgets/news.eta": "<b><%= data %></b>",
  "widgets/bell.eta": '<form <%~ action("ring") %>><button>Ring</button></form>',
  "pages/index.eta": `<h1>Hello <%= user?.name %></h1>
<form <%~ action("ring") %>><input name="text"><button>Ring</button></form>
<form <%~ action("log-out") %>><button>Log out</button></form>`,
  "pages/board.eta": '<%~ live("news") %><%~ live("secret") %><%~ still("secret/late") %>',
  "pages/staff.eta": "<h1>Staff</h1>",
  "pages/log-in.eta": '<h1>Log in</h1><form <%~ action("log-in") %>><input name="name"><button>Log in</button></form>',
};
const views = (files: Record<string, string> = {}) => templates({ ...FILES, ...files });

const ACTIONS = {
  ring: action(({ user, publish }) => publish("news", user?.name ?? "nobody")),
  leave: action(() => deny({ logIn: "/log-in" })),
  join: action(({ page }) => page.join("secret/late")),
  "log-in": action(({ fields, setCookie, page }) => {
    setCookie("user", fields.name, { days: 30 });
    return page.back();
  }),
  "log-in-in-vain": action(({ setCookie }) => {
    setCookie("user", "Ada");
    refuse("Not today.");
  }),
  "log-out": action(({ setCookie }) => setCookie("user", undefined)),
};

let server: TestServer;
/** What the hook was asked. */
let asked: AuthorizeContext[];
async function begin(decide: Decide, options: Options = {}) {
  asked = [];
  const noted: Decide = (what) => {
    asked.push(what);
    return decide(what);
  };
  server = await start({ views: views(), actions: ACTIONS, authorize: noted, ...options });
  await server.broker.publish([
    { topic: parseTopic("news"), data: "seen" },
    { topic: parseTopic("secret"), data: "treasure" },
  ]);
}
afterEach(() => server.close());

const PERSON = { accept: "text/html" };
const HTMX = { "hx-request": "true" };
const get = (path: string, headers: Record<string, string> = PERSON) =>
  fetch(server.url + path, { headers, redirect: "manual" });
const press = (name: string, fields: Record<string, string> = {}, headers: Record<string, string> = HTMX, at = "/") =>
  fetch(`${server.url}/actions/${name}`, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { referer: server.url + at, ...headers },
    redirect: "manual",
  });
const what = ({ page, action, topic }: AuthorizeContext) => ({ page, action, topic });

/** Logs in by a cookie; who did not may see `open` and log in. */
const byCookie: Decide = ({ request, page, action, topic }) => {
  const name = request.cookie("user");
  if (name !== undefined) return { name };
  if (page === "index" || action === "log-in" || topic === "news") return undefined;
  return deny({ logIn: "/log-in" });
};
const logIn = async () => cookiesOf(await press("log-in", { name: "Ada" }));

describe("who a visitor is", () => {
  test("pages, the layout and actions see, and nobody is nobody", async () => {
    await begin(({ request }) => (request.header("user-agent") === "Ada" ? { name: "Ada" } : undefined));
    const ada = { "user-agent": "Ada" };
    const page = await get("/", { ...PERSON, ...ada });
    expect(await page.text()).toMatch(/<p class="who">Ada<.*<h1>Hello Ada</s);
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(await (await get("/")).text()).toMatch(/<p class="who">nobody<.*<h1>Hello </s);
    expect(await (await get("/widgets", ada)).text()).toContain('<p class="who">Ada<');
    await press("ring", { _once: "ring.0.x" }, { ...HTMX, ...ada });
    expect(await server.broker.latest(parseTopic("news"))).toBe("Ada");
    expect(asked.map(what)).toEqual(
      [
        { page: "index" },
        { page: "index" },
        { page: "widgets" },
        { action: "ring" },
        { page: "index" }, // for the form that answers
      ].map((one) => ({ page: undefined, action: undefined, topic: undefined, ...one })),
    );
  });

  test.each([
    ["/widgets/secret", "widgets/secret"],
    ["/widgets/s%65cret", "widgets/secret"],
    ["/widgets/secrets", "widgets"],
  ])("decides about the gallery's pages, however an address is written: %s", async (path, denied) => {
    await begin(({ page }) => (page === denied ? deny() : undefined));
    const answer = await get(path);
    expect(answer.status).toBe(403);
    expect(await answer.text()).not.toContain("secret");
  });

  test("is known by a cookie that an action sets, and that scripts, strangers and time take away", async () => {
    await begin(byCookie);
    const cookie = await logIn();
    expect(cookie).toMatch(/^user=\d+\.[\w-]+; user\.sig=[\w-]+$/);
    expect(await (await get("/", { ...PERSON, cookie })).text()).toContain("Hello Ada");
    const [value, signature] = cookie.split("; ");
    const forged = `user=${value!.slice(5).replace(/\..*/, "")}.${Buffer.from("Eve").toString("base64url")}; ${signature}`;
    for (const wrong of [value!, forged, `user=Ada; ${signature}`]) {
      expect(await (await get("/", { ...PERSON, cookie: wrong })).text()).toContain("Hello <");
    }
    const left = await press("log-out", {}, { ...HTMX, cookie });
    expect(left.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^user=; .*expires=Thu, 01 Jan 1970/),
      expect.stringMatching(/^user\.sig=.*; .*expires=Thu, 01 Jan 1970/),
    ]);
  });

  test("is nobody once the cookie's days are over, though the browser sends it on", async () => {
    const secret = "a secret of the operator's own, long enough";
    await begin(byCookie, { config: { secret } });
    const cookieUntil = (at: number) => {
      const value = `user=${at}.${Buffer.from("Ada").toString("base64url")}`;
      return `${value}; user.sig=${new Keygrip([secret], "sha256").sign(value)}`;
    };
    const greeted = async (cookie: string) => (await get("/", { ...PERSON, cookie })).text();
    expect(await greeted(cookieUntil(Date.now() + 60_000))).toContain("Hello Ada");
    expect(await greeted(cookieUntil(Date.now() - 1))).toContain("Hello <");
  });

  test("is given a cookie by both halves of a double press, and none by an action that refuses after all", async () => {
    await begin(byCookie);
    const fields = { name: "Ada", _once: "log-in.0.random" };
    const both = await Promise.all([press("log-in", fields), press("log-in", fields)]);
    for (const { headers } of both) expect(headers.getSetCookie()).toHaveLength(2);
    await server.close();
    await begin(() => undefined);
    const refused = await press("log-in-in-vain");
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([422, []]);
  });

  test("is no visitor's id, though the same key signs both", async () => {
    await begin(({ request }) => ({ name: request.cookie("visitor") ?? "nobody" }), {
      views: views({ "pages/index.eta": "<p><%= visitor() %></p><b><%= user?.name %></b>" }),
    });
    const cookie = cookiesOf(await get("/"));
    expect(cookie).toContain("visitor.sig=");
    expect(await (await get("/", { ...PERSON, cookie })).text()).toContain("<b>nobody</b>");
  });

  test("over HTTPS comes by a cookie that no other host can plant", async () => {
    await begin(byCookie);
    const https = { "x-forwarded-proto": "https" };
    const given = await press("log-in", { name: "Ada" }, { ...HTMX, ...https });
    for (const cookie of given.headers.getSetCookie())
      expect(cookie).toMatch(/^__Host-user(?:\.sig)?=.*; path=\/; .*secure; httponly$/i);
    const cookie = cookiesOf(given);
    expect(await (await get("/", { ...PERSON, ...https, cookie })).text()).toContain("Hello Ada");
  });
});

describe("a header", () => {
  const byHeader: Decide = ({ request }) => {
    const name = request.header("X-Forwarded-User");
    return name === undefined ? deny() : { name };
  };
  const ada = { ...PERSON, "x-forwarded-user": "Ada" };

  test("of a proxy that TRUST_PROXY names says who somebody is", async () => {
    await begin(byHeader);
    expect(await (await get("/", ada)).text()).toContain("Hello Ada");
    expect((await get("/")).status).toBe(403);
  });

  test("of anybody else says nothing: nobody logs in by writing a name", async () => {
    await begin(byHeader, { config: { trustProxy: ["203.0.113.7"] } });
    const refused = await get("/", { ...ada, "x-forwarded-for": "203.0.113.7" });
    expect([refused.status, await refused.text()]).toEqual([
      403,
      expect.stringContaining("This is not for everybody."),
    ]);
    expect((await press("ring", {}, { ...HTMX, "x-forwarded-user": "Ada" })).status).toBe(403);
    expect(asked[0]!.request.header("accept")).toBeUndefined();
  });

  test("that anybody may write of himself comes as it is", async () => {
    await begin(({ request }) => ({ name: request.header("Authorization") }), {
      config: { trustProxy: ["203.0.113.7"] },
    });
    expect(await (await get("/", { authorization: "Basic x" })).text()).toContain("Hello Basic x");
    expect(asked[0]!.request).toMatchObject({ method: "GET", url: "/", address: "127.0.0.1" });
  });
});

describe("who may not see a page", () => {
  test("is led to log in, and back again; a program is told", async () => {
    await begin(byCookie);
    const led = await get("/staff?day=1");
    expect([led.status, led.headers.get("location")]).toEqual([303, "/log-in?back=%2Fstaff%3Fday%3D1"]);
    expect(led.headers.get("cache-control")).toBe("no-store");
    const program = await get("/staff", { accept: "*/*" });
    expect([program.status, await program.json()]).toEqual([401, expect.objectContaining({ code: "log_in" })]);
    expect((await get("/log-in?back=%2Fstaff")).status).toBe(200); // though the hook says otherwise
    const at = "/log-in?back=%2Fstaff%3Fday%3D1";
    const taken = await press("log-in", { name: "Ada" }, PERSON, at);
    expect([taken.status, taken.headers.get("location")]).toEqual([303, "/staff?day=1"]);
    const cookie = cookiesOf(taken);
    expect(await (await get("/staff?day=1", { ...PERSON, cookie })).text()).toContain("<h1>Staff</h1>");
    const enhanced = await press("log-in", { name: "Ada" }, HTMX, at);
    expect([enhanced.status, enhanced.headers.get("hx-redirect")]).toEqual([200, "/staff?day=1"]);
  });

  test("learns nothing of it, not even its query", async () => {
    await begin(({ page }) => (page === "staff" ? deny("For staff.") : undefined), {
      views: views({ "pages/staff.eta": "---\nquery:\n  day: [1, 2]\n---\n<h1>Staff</h1>" }),
    });
    const refused = await get("/staff?day=9");
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining(">For staff.</p>")]);
  });
});

describe("who may not send a form", () => {
  test("is told so beside it, with where to log in, and it does nothing", async () => {
    await begin(byCookie);
    const refused = await press("ring", { text: "typed" });
    expect([refused.status, refused.headers.get("hx-redirect")]).toEqual([401, null]);
    expect(await refused.text()).toContain(
      '<p class="refused">Log in first. <a href="/log-in?back=%2F" target="_blank">Log in</a></p>',
    );
    const page = await (await press("ring", { _once: "ring.0.x", text: "typed" }, PERSON)).text();
    expect(page).toMatch(/<input[^>]* value="typed"/);
    expect(page).toContain("Log in first. <a href=");
    const widget = await (await press("ring", { _widget: "bell" })).text();
    expect(widget).toContain(
      '<p class="banner">Log in first. <a href="/log-in?back=%2F" target="_blank">Log in</a></p>',
    );
    const program = await press("ring", {}, {});
    expect([program.status, (await program.json()).code]).toEqual([401, "log_in"]);
    expect(await server.broker.latest(parseTopic("news"))).toBe("seen");
  });

  test("is its author, in development, who is told that nobody can log in", async () => {
    await begin(() => deny({ logIn: "/log-in" }), { config: { development: true } });
    const told = await (await press("log-in", { name: "Ada" }, HTMX, "/log-in?back=%2F")).text();
    expect(told).toContain("Let the action “log-in” pass in src/authorize.ts.");
    expect(await (await press("ring")).text()).toContain("Log in first.");
  });

  test("may be told so by the action itself", async () => {
    await begin(byCookie);
    const refused = await press("leave", {}, { ...HTMX, cookie: await logIn() });
    expect([refused.status, await refused.text()]).toEqual([401, expect.stringContaining("Log in first. <a href=")]);
  });

  test("of a page that is no more for him after the press has the page loaded, which says so", async () => {
    let isOut = false;
    await begin(({ page, action }) => {
      if (page === "index" && isOut) deny({ logIn: "/log-in" });
      isOut = action === "ring";
      return undefined;
    });
    const answer = await press("ring", { _once: "ring.0.x" });
    expect([answer.status, answer.headers.get("hx-redirect")]).toEqual([200, "/"]);
  });
});

describe("a topic that a visitor may not see", () => {
  const theirs = (html: string) => /id="secret"[^>]*>(.*?)<\/div>/.exec(html)?.[1];

  test("is not on his page, whose other regions are, and is not in its stream", async () => {
    await begin(byCookie);
    const cookie = await logIn();
    await server.broker.publish([{ topic: parseTopic("secret/late"), data: "treasure, too" }]);
    const only = await begunAgain(({ topic }) => (topic?.startsWith("secret") ? deny() : undefined));
    const page = await (await get("/board", { ...PERSON, cookie })).text();
    expect(page).toContain("<b>seen</b>");
    expect(page).not.toContain("treasure");
    expect(theirs(page)).toMatch(/^<p class="waiting">.+<\/p>$/);
    expect(page).toContain('sse-connect="/events?regions=news&amp;');
    expect(only().filter((topic) => topic === "secret")).toHaveLength(1);
  });

  /** The same server with another hook. @returns the topics that it was asked for */
  async function begunAgain(decide: Decide) {
    await server.close();
    await begin(decide);
    await server.broker.publish([{ topic: parseTopic("secret/late"), data: "treasure, too" }]);
    return () => asked.flatMap(({ topic }) => topic ?? []);
  }

  test("nobody else reads it either: not a program, nor /join, nor the gallery, nor an action that joins it", async () => {
    await begin(({ topic }) => (topic?.startsWith("secret") ? deny("For Ada.") : undefined));
    await server.broker.publish([{ topic: parseTopic("secret/late"), data: "treasure, too" }]);
    const topic = await get("/topics/secret", {});
    expect([topic.status, await topic.json()]).toEqual([403, expect.objectContaining({ title: "For Ada." })]);
    expect((await get("/topics/secret/none", {})).status).toBe(403);
    expect((await get("/topics/news", {})).status).toBe(200);
    const join = await get("/join?_regions=news&region=secret", HTMX);
    expect([join.status, await join.text()]).toEqual([403, expect.not.stringContaining("treasure")]);
    const widget = await (await get("/widgets/secret")).text();
    expect(widget).not.toContain("treasure");
    expect(widget).not.toContain("sse-connect");
    const joined = await (await press("join", {}, HTMX, "/board")).text();
    expect(joined).not.toContain("treasure");
  });

  test("says in its place why, and where to log in, with the way back", async () => {
    await begin(({ topic }) =>
      topic?.startsWith("secret") ? deny({ logIn: "/log-in", why: "For <staff>." }) : undefined,
    );
    expect(theirs(await (await get("/board?day=1")).text())).toBe(
      '<p class="waiting">For &lt;staff&gt;. <a href="/log-in?back=%2Fboard%3Fday%3D1">Log in</a></p>',
    );
  });

  test("starts no source for him", async () => {
    let starts = 0;
    async function* source() {
      starts++;
      yield "treasure";
    }
    await begin(({ topic }) => (topic === "secret" ? deny() : undefined), { sources: { secret: source } });
    await get("/board");
    expect(starts).toBe(0);
  });
});

describe("a stream", () => {
  const stream = (query: string, ...headers: string[]) =>
    new Raw(server.port).send(`GET /events?regions=${query} HTTP/1.1`, "Host: localhost", ...headers, "", "");
  const program = (headers: Record<string, string> = {}) => get("/events?regions=news,secret&as=json", headers);

  test("brings a page what its visitor may see, and says so of the rest; a program that asks for too much is refused", async () => {
    await begin(({ topic }) => (topic === "secret" ? deny("For Ada.") : undefined));
    const text = await stream("news,secret").until("seen");
    expect(text).toMatch(/^HTTP\/1.1 200 [\s\S]*id=secret [\s\S]*may not be shown/);
    expect(text).not.toContain("treasure");
    const refused = await program();
    expect([refused.status, await refused.json()]).toEqual([403, expect.objectContaining({ title: "For Ada." })]);
  });

  test("is read by a program with a token for it, whom nobody else asks who it is", async () => {
    const reader = given("reader", "rights: [read], topics: [news, secret]");
    const other = given("other", "rights: [read], topics: [news]");
    await begin(() => deny(), { config: { tokensFile: tokensFile([reader, other]) } });
    const abort = new AbortController();
    const events = await fetch(`${server.url}/events?regions=news,secret&as=json`, {
      headers: reader.bearer,
      signal: abort.signal,
    });
    expect(events.status).toBe(200);
    abort.abort();
    expect((await get("/topics/secret", reader.bearer)).status).toBe(200);
    expect(asked).toEqual([]);
    for (const headers of [{}, other.bearer, { authorization: "Bearer unknown" }])
      expect((await program(headers)).status).toBe(403);
  });

  test("that nobody knows who may read is an error to a program, and a page comes back later", async () => {
    await begin(() => {
      throw new Error("no users");
    });
    const text = await stream("news").end();
    expect(text).toMatch(/^HTTP\/1.1 200 [\s\S]*retry: 15000\n\n$/);
    expect((await program()).status).toBe(500);
    expect(server.errors).toHaveLength(2);
  });

  test("ends within its check once it may not be read any more, and its page is told", async () => {
    let isOut = false;
    await begin(({ topic }) => (isOut && topic === "secret" ? deny() : undefined), { checkMs: 20 });
    const raw = stream("news,secret");
    await raw.until("treasure");
    isOut = true;
    await raw.end();
    expect(await stream("news,secret").until("seen")).toContain("may not be shown");
  });

  test("of somebody ends again and again, to be asked for with the cookies of then; of nobody it goes on", async () => {
    await begin(byCookie, { checkMs: 20 });
    const [cookie, news] = [await logIn(), parseTopic("news")];
    const hers = stream("news,secret", `Cookie: ${cookie}`);
    await hers.until("treasure");
    expect(await hers.end()).toMatch(/retry: 100\n\n$/);
    const anybodys = stream("news");
    await anybodys.until("seen");
    const checks = asked.length + 10;
    await expect.poll(() => asked.length).toBeGreaterThan(checks);
    await server.broker.publish([{ topic: news, data: "seen later" }]);
    expect(await anybodys.until("seen later")).toContain("HTTP/1.1 200");
  });
});

describe("a hook that fails", () => {
  const plain = (status: number, code: string) => ({ status, code });
  const read = async (response: Response) => (await response.json()) as { status: number; code: string };

  test.each<[string, Decide]>([
    [
      "throws",
      () => {
        throw new Error("the users <b>are</b> gone");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("the users <b>are</b> gone");
      },
    ],
    [
      "throws nothing",
      () => {
        throw undefined;
      },
    ],
    ["says false", () => false as never],
    ["says true", () => true as never],
  ])("since it %s lets nobody pass, says so plainly, and tells the operator", async (_, decide) => {
    await begin(decide);
    const all = [await get("/", {}), await get("/topics/news", {}), await press("ring", {}, {})];
    for (const response of all) expect(await read(response)).toMatchObject(plain(500, "authorize_failed"));
    const beside = await press("ring");
    expect([beside.status, await beside.text()]).toEqual([500, expect.stringContaining("could not be found out")]);
    expect(server.errors).toHaveLength(4);
    expect(server.errors).toEqual(Array(4).fill(expect.objectContaining({ cause: expect.any(Error) })));
    expect(await server.broker.latest(parseTopic("news"))).toBe("seen");
  });

  test("for a topic lets nobody see the page, and tells the operator once", async () => {
    await begin(({ topic }) => {
      if (topic !== undefined) throw new Error("the topics are gone");
      return undefined;
    });
    const page = await get("/board");
    expect([page.status, await page.text()]).toEqual([500, expect.not.stringMatching(/treasure|seen|topics are gone/)]);
    expect(server.errors).toHaveLength(1);
  });

  test("is told its author in development", async () => {
    await begin(
      () => {
        throw new Error("no users");
      },
      { config: { development: true } },
    );
    expect(await (await get("/")).text()).toContain("src/authorize.ts: Error: no users");
  });

  test("since it hangs lets nobody pass", async () => {
    await begin(() => new Promise(() => {}), { authorizeMs: 20 });
    for (const response of [await get("/", {}), await get("/topics/news", {}), await press("ring", {}, {})]) {
      expect(await read(response)).toMatchObject(plain(503, "authorize_slow"));
    }
    expect(server.errors).toHaveLength(3);
  });

  test("for topics is given up for the whole page, and asked for few at once", async () => {
    const many = Array.from({ length: 40 }, (_, i) => `<%~ live("news/${i}") %>`).join("");
    await begin(({ topic }) => (topic === undefined ? undefined : new Promise(() => {})), {
      authorizeMs: 20,
      views: views({ "pages/many.eta": many }),
    });
    expect((await get("/many")).status).toBe(503);
    expect(asked.filter(({ topic }) => topic !== undefined)).toHaveLength(8);
  });
});
