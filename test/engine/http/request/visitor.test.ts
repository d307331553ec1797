import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../../src/engine/log/memory.ts";
import { cookiesOf } from "../../../support/cookies.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";

let secret = "a secret";
/** A log that may be replaced by another, with another secret. */
const log = Object.defineProperty(new MemoryLog(), "secret", { get: () => secret });
let server: TestServer;
beforeAll(async () => {
  const views = templates({
    "widgets/own.eta": "<b><%= data %></b>",
    "pages/mine.eta": "<p><%= visitor() %> <%= visitor() %> <%= once() %> <%= once() %></p>",
    "pages/both.eta": '<p><%= visitor("one") %> <%= visitor("two") %></p>',
    "pages/nobodys.eta": "<p>for all</p>",
    "pages/own.eta": '<%~ live("own/" + visitor()) %><%~ live("own/" + once()) %>',
  });
  server = await start({ views, log });
});
afterAll(() => server.close());

const HTTPS = { "x-forwarded-proto": "https" };
const visit = (path: string, cookie = "", headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers: { cookie, ...headers } });
const idsIn = async (response: Response) => /<p>(.*)<\/p>/.exec(await response.text())![1]!.split(" ");
const idOf = async (cookie: string, headers = {}) => (await idsIn(await visit("/mine", cookie, headers)))[0]!;

describe("a visitor", () => {
  test("gets an id where a page asks for one, the same each time, and a cookie that scripts cannot read", async () => {
    const response = await visit("/mine");
    const [mine, again, once, same] = await idsIn(response);
    expect(mine).toMatch(/^[\w-]{22}$/);
    expect(again).toBe(mine);
    expect(same).toBe(once);
    expect(once).not.toBe(mine);
    const cookies = response.headers.getSetCookie();
    expect(cookies).toHaveLength(2); // it, and its signature
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^visitor(?:\.sig)?=[\w-]+; path=\/; expires=[^;]+; samesite=lax; httponly$/i);
      const year = Date.parse(/expires=([^;]+)/.exec(cookie)![1]!) - Date.now();
      expect(year / 86_400_000).toBeCloseTo(365, 0);
    }
  });

  test("has an id that tells nothing of the cookie: whoever sees a topic cannot act as its visitor", async () => {
    const response = await visit("/mine");
    const cookies = cookiesOf(response);
    const [mine] = await idsIn(response);
    expect(cookies).not.toContain(mine);
    const [, signature] = cookies.split("; ");
    expect(await idOf(`visitor=${mine}; ${signature}`)).not.toBe(mine);
    expect(await idOf(`visitor=${mine}; visitor.sig=${mine}`)).not.toBe(mine);
  });

  test("of a proxy that speaks HTTPS gets a cookie that only HTTPS carries, and that no other host can plant", async () => {
    const cookies = (await visit("/mine", "", HTTPS)).headers.getSetCookie();
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies)
      expect(cookie).toMatch(/^__Host-visitor(?:\.sig)?=.*; path=\/; .*; secure; httponly$/i);
    expect(cookies.join()).not.toMatch(/domain=/i);
  });

  test("over HTTPS is not whom a cookie of plain HTTP says, which anyone on the way could have planted", async () => {
    const cookies = cookiesOf(await visit("/mine"));
    const mine = await idOf(cookies);
    expect(await idOf(cookies, HTTPS)).not.toBe(mine);
    expect(await idOf(cookies.replaceAll("visitor", "__Host-visitor"), HTTPS)).not.toBe(mine);
  });

  test("who comes back is the same, and gets no other cookie; each load of the page has an id of its own", async () => {
    const first = await visit("/mine");
    const [mine, , before] = await idsIn(first);
    const second = await visit("/mine", cookiesOf(first));
    const [same, , now] = await idsIn(second);
    expect(same).toBe(mine);
    expect(second.headers.getSetCookie()).toEqual([]);
    expect(now).not.toBe(before);
  });

  test("has an id for each name, and one name's cookie does not serve for another", async () => {
    const response = await visit("/both");
    const [one, two] = await idsIn(response);
    expect(one).not.toBe(two);
    const cookies = cookiesOf(response);
    const swapped = cookies.replaceAll("one", "tmp").replaceAll("two", "one").replaceAll("tmp", "two");
    const ids = await idsIn(await visit("/both", swapped));
    expect(ids).not.toContain(one);
    expect(ids).not.toContain(two);
  });

  test("is given no cookie by a page that does not ask", async () => {
    expect((await visit("/nobodys")).headers.getSetCookie()).toEqual([]);
  });

  test.each([
    "visitor=short",
    "visitor=../../../../../../..",
    `visitor=${"x".repeat(22)}`,
    `visitor=${"x".repeat(22)}; visitor.sig=${"x".repeat(43)}`,
    "visitor=%00; visitor.sig=",
    "other=1",
  ])("with the cookie %s, which is not ours, gets one that is", async (cookie) => {
    const response = await visit("/mine", cookie);
    expect(response.status).toBe(200);
    const [mine] = await idsIn(response);
    const given = response.headers.getSetCookie().filter((line) => /^visitor(\.sig)?=[\w-]+;/.test(line));
    expect(given).toHaveLength(2);
    expect(await idOf(cookiesOf(response))).toBe(mine);
  });

  test("has another id under another secret, which no cookie of the old one passes", async () => {
    const cookies = cookiesOf(await visit("/mine"));
    const mine = await idOf(cookies);
    secret = "another secret";
    const response = await visit("/mine", cookies);
    expect((await idsIn(response))[0]).not.toBe(mine);
    expect(response.headers.getSetCookie().length).toBeGreaterThan(0);
    secret = "a secret";
    expect(await idOf(cookies)).toBe(mine);
  });
});

test("topics of one's own are on the page's stream, and their regions are not named after ids", async () => {
  const html = await (await visit("/own")).text();
  expect(html.match(/aria-label="own"/g)).toHaveLength(2);
  expect(html).toMatch(/sse-connect="\/events\?regions=own%2F[\w-]{22},own%2F[\w-]{22}&amp;seal=[\w.-]+&amp;cursor=/);
});

test("nothing that a page or an address shows is a cookie that a form would take", async () => {
  const html = await (await visit("/chat")).text();
  const [, id] = /regions=chat%2F([\w-]{22})/.exec(html)!;
  const send = (cookie: string) =>
    fetch(`${server.url}/actions/chat/send`, {
      method: "POST",
      body: new URLSearchParams({ text: "planted" }),
      headers: { cookie },
    });
  expect((await send(`chat=${id}`)).status).toBe(422);
  expect((await send(`chat=${"x".repeat(22)}`)).status).toBe(422);
  expect((await server.broker.record(parseTopic(`chat/${id}`))).values.size).toBe(0);
});
