import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { inspector } from "../../src/inspector/feature.ts";
import { eventually } from "../support/browser.ts";
import { cookiesOf } from "../support/cookies.ts";
import { start, type TestServer } from "../support/server.ts";
import { given, tokensFile } from "../support/tokens.ts";

let server: TestServer;
afterEach(() => server.close());

const operator = given("operator", "rights: [inspect, publish], topics: [feed, price]");
const looker = given("looker", "rights: inspect");
const ticker = given("ticker", 'rights: publish, topics: "*"');

const running = async (lines = [operator, looker, ticker]) => {
  const path = tokensFile(lines);
  server = await start({ features: [inspector(true)], config: { tokensFile: path } });
  return path;
};
const HTTPS = { "x-forwarded-proto": "https" };
const ask = (path: string, init: RequestInit = {}) => fetch(server.url + path, { redirect: "manual", ...init });
const enter = (token: string, headers: Record<string, string> = {}) =>
  ask("/inspector/enter", { method: "POST", body: new URLSearchParams({ token }), headers });
const entered = async ({ token }: { token: string }) => cookiesOf(await enter(token));
const press = (cookie: string, fields: Record<string, string>) =>
  ask("/inspector/actions/publish", {
    method: "POST",
    headers: { cookie, accept: "application/json" },
    body: new URLSearchParams({ item: "", ...fields }),
  });

/** What a page that was open is told by, and others are sent no figure. */
const STREAM = "/inspector/events?regions=figures,topics";
const INSIDE = ["/inspector/events?regions=figures&as=json", "/inspector/stream?_regions=figures"];

describe("where not only the author can see the pages", () => {
  test("there is a door for a token, and nothing behind it without one", async () => {
    await running();
    const page = await ask("/inspector");
    expect([page.status, page.headers.get("cache-control")]).toEqual([401, "no-store"]);
    const html = await page.text();
    expect(html).toContain('name="token"');
    expect(html).not.toContain("Streams open");
    for (const cookie of ["", "inspector=x", "inspector=99999999999999.eA; inspector.sig=x"]) {
      for (const path of INSIDE) {
        const answer = await ask(path, { headers: { cookie, "hx-request": "true", accept: "application/json, */*" } });
        expect([path, answer.status]).toEqual([path, 401]);
      }
      const told = await (await ask(STREAM, { headers: { cookie } })).text(); // it ends by itself
      expect(told).toContain("This may not be shown here any more.");
      expect(told).not.toMatch(/Streams open|No public topic/);
    }
    expect((await press("", { topic: "feed", json: "1" })).status).toBe(401);
    expect(await server.broker.latest(parseTopic("feed"))).toBeUndefined();
  });

  test("no site may show it in a frame, also not one that may show all other pages", async () => {
    const config = { frameAncestors: ["https://example.com"], tokensFile: tokensFile([looker]) };
    server = await start({ features: [inspector(true)], config });
    const cookie = await entered(looker);
    for (const { headers } of [await ask("/inspector"), await ask("/inspector", { headers: { cookie } })]) {
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("x-frame-options")).toBe("DENY");
    }
  });

  test("a token with the right to it opens the door, and its cookie is for this server alone, and short", async () => {
    await running();
    const answer = await enter(looker.token, HTTPS);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/inspector"]);
    const cookies = answer.headers.getSetCookie();
    expect(cookies).toHaveLength(2); // it, and its signature
    for (const cookie of cookies) {
      expect(cookie).toMatch(
        /^__Host-inspector(?:\.sig)?=[\w.-]+; path=\/; expires=[^;]+; samesite=strict; secure; httponly$/i,
      );
      expect(cookie).not.toContain(looker.token);
      const hour = Date.parse(/expires=([^;]+)/.exec(cookie)![1]!) - Date.now();
      expect(Math.round(hour / 60_000)).toBe(60);
    }
    const page = await ask("/inspector", { headers: { ...HTTPS, cookie: cookiesOf(answer) } });
    const html = await page.text();
    expect([page.status, html.includes("Streams open"), html.includes("Seen with the token looker")]).toEqual([
      200,
      true,
      true,
    ]);
    // Faults are for whoever develops, whatever a token says.
    expect(html).not.toContain("503");
    const cut = await ask("/inspector/actions/cut", {
      method: "POST",
      headers: { ...HTTPS, cookie: cookiesOf(answer), accept: "application/json" },
      body: new URLSearchParams(),
    });
    expect(cut.status).toBe(404);
    const left = await ask("/inspector/leave", { method: "POST", headers: { ...HTTPS, cookie: cookiesOf(answer) } });
    expect(left.headers.getSetCookie().every((cookie) => cookie.includes("expires=Thu, 01 Jan 1970"))).toBe(true);
  });

  test("another token, or none, does not, and says why; and after a few wrong ones nobody of that address may try", async () => {
    await running();
    const lacking = await enter(ticker.token);
    expect([lacking.status, (await lacking.text()).includes("does not have the right “inspect”")]).toEqual([403, true]);
    for (let i = 0; i < 4; i++) expect((await enter(`wrong-${i}`)).status).toBe(401);
    const late = await enter(looker.token);
    expect([late.status, late.headers.getSetCookie()]).toEqual([429, []]);
    expect(Number(late.headers.get("retry-after"))).toBeGreaterThan(0);
    const neighbour = await enter(looker.token, { "x-forwarded-for": "203.0.113.9", ...HTTPS });
    expect(neighbour.status).toBe(303);
  });

  test("what is published there needs the right to, and for that topic", async () => {
    await running();
    const cookie = await entered(operator);
    expect((await press(cookie, { topic: "feed", json: '"mine"' })).status).toBe(303);
    expect(await server.broker.latest(parseTopic("feed"))).toBe("mine");
    expect((await press(cookie, { topic: "rows", json: "1" })).status).toBe(422);
    expect((await press(await entered(looker), { topic: "feed", json: "1" })).status).toBe(422);
    expect(await server.broker.latest(parseTopic("feed"))).toBe("mine");
  });

  test("what is published there counts for the token's rate, with all else that it publishes", async () => {
    const slow = given("slow", "rights: [inspect, publish], topics: feed, rate: 1");
    await running([slow]);
    const cookie = await entered(slow);
    expect((await press(cookie, { topic: "feed", json: "1" })).status).toBe(303);
    const lines = await ask("/publish/feed", {
      method: "POST",
      headers: { authorization: `Bearer ${slow.token}`, "content-type": "application/x-ndjson" },
      body: "2\n".repeat(1_000),
    });
    expect(lines.status).toBe(201);
    const refused = await press(cookie, { topic: "feed", json: "3" });
    expect([refused.status, (await refused.json()).code]).toEqual([429, "publishes_too_many"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await server.broker.latest(parseTopic("feed"))).toBe(2);
  });

  test("a token that is taken away takes its cookie along, at once", async () => {
    const path = await running();
    const cookie = await entered(looker);
    const status = async () => (await ask("/inspector", { headers: { cookie } })).status;
    expect(await status()).toBe(200);
    writeFileSync(path, operator.line);
    await eventually(status, (status) => status === 401);
    writeFileSync(path, ticker.line);
    await eventually(status, (status) => status === 404); // no token is for it any more
  });

  test.each([
    ["another one is for it", [operator]],
    ["none is for it any more", [ticker]],
  ])("a page that is open when its token is taken away is told, and asks no more: %s", async (_, left) => {
    const path = tokensFile([looker]);
    server = await start({ features: [inspector(true, { checkMs: 500 })], config: { tokensFile: path } });
    const cookie = await entered(looker);
    const reading = await ask(STREAM, { headers: { cookie } });
    let text = "";
    const ended = (async () => {
      const decoder = new TextDecoder();
      for await (const bytes of reading.body!) text += decoder.decode(bytes, { stream: true });
    })();
    await eventually(
      () => text,
      (text) => text.includes("Streams open"),
    );
    writeFileSync(path, left[0]!.line);
    await ended.catch(() => {});
    let told = "";
    await eventually(
      async () => {
        told = await (await ask(STREAM, { headers: { cookie } })).text();
        return told;
      },
      (told) => told.includes("This may not be shown here any more."),
    );
    expect(told).toContain("event: end");
    expect(told).not.toContain("Streams open");
  });

  test("no cookie of one token is that of another, and none counts on a server with another secret", async () => {
    await running();
    const cookie = await entered(looker);
    await server.close();
    await running();
    expect((await ask("/inspector", { headers: { cookie } })).status).toBe(401);
  });

  test("over plain HTTP from elsewhere no token is taken: others could read it on its way", async () => {
    server = await start({
      features: [inspector(true)],
      config: { tokensFile: tokensFile([looker]), hosts: ["example.com"] },
    });
    const body = new URLSearchParams({ token: looker.token }).toString();
    const [status, cookies] = await new Promise<[number | undefined, unknown]>((resolve) => {
      const headers = { host: "example.com", "content-type": "application/x-www-form-urlencoded" };
      request(`${server.url}/inspector/enter`, { method: "POST", headers }, (answer) => {
        answer.resume();
        resolve([answer.statusCode, answer.headers["set-cookie"]]);
      }).end(body);
    });
    expect([status, cookies]).toEqual([403, undefined]);
  });

  test("nor where a proxy on this machine calls the server localhost, and its visitor does not speak HTTPS with it", async () => {
    await running();
    const answer = await enter(looker.token, { "x-forwarded-for": "203.0.113.9" });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
  });

  test("a page of another site neither opens it nor leaves it", async () => {
    await running();
    for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://elsewhere.example" }]) {
      const cookie = await entered(looker);
      for (const path of ["/inspector", STREAM, ...INSIDE]) {
        expect((await ask(path, { headers: { ...headers, cookie } as never })).status).toBe(403);
      }
      expect((await enter(looker.token, headers as never)).status).toBe(403);
      expect((await ask("/inspector/leave", { method: "POST", headers: { ...headers, cookie } as never })).status).toBe(
        403,
      );
    }
  });
});

test("without any token for it there is no inspector", async () => {
  server = await start({ features: [inspector(true)], config: { tokensFile: tokensFile([ticker]) } });
  for (const path of ["/inspector", STREAM, ...INSIDE]) expect((await ask(path)).status).toBe(404);
  expect((await enter(ticker.token)).status).toBe(404);
});
