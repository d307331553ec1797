import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { start, type TestServer, templates } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  const views = templates({
    "widgets/own.eta": "<b><%= data %></b>",
    "pages/mine.eta": "<p><%= visitor() %> <%= visitor() %> <%= once() %> <%= once() %></p>",
    "pages/nobodys.eta": "<p>for all</p>",
    "pages/own.eta": '<%~ live("own/" + visitor()) %><%~ live("own/" + once()) %>',
  });
  server = await start({ views });
});
afterAll(() => server.close());

const visit = (path: string, cookie = "") => fetch(server.url + path, { headers: { cookie } });
const ID = /[\w-]{22}/g;

describe("a visitor", () => {
  test("gets an id where a page asks for one, the same each time, in a cookie that scripts cannot read", async () => {
    const response = await visit("/mine");
    const [mine, again, once, same] = (await response.text()).match(/<p>(.*)<\/p>/)![1]!.match(ID)!;
    expect(again).toBe(mine);
    expect(same).toBe(once);
    expect(once).not.toBe(mine);
    const cookie = response.headers.getSetCookie();
    expect(cookie).toHaveLength(1);
    expect(cookie[0]).toMatch(new RegExp(`^visitor=${mine}; path=/; expires=[^;]+; samesite=lax; httponly$`, "i"));
    const year = Date.parse(/expires=([^;]+)/.exec(cookie[0]!)![1]!) - Date.now();
    expect(year / 86_400_000).toBeCloseTo(365, 0);
  });

  test("of a proxy that speaks HTTPS gets a cookie that only HTTPS carries", async () => {
    const response = await fetch(`${server.url}/mine`, { headers: { "x-forwarded-proto": "https" } });
    expect(response.headers.getSetCookie()[0]).toMatch(/; secure; httponly$/i);
  });

  test("who comes back is the same, and gets no other cookie; each load of the page has an id of its own", async () => {
    const first = await visit("/mine");
    const cookie = first.headers.getSetCookie()[0]!.split(";")[0]!;
    const [, , before] = (await first.text()).match(/<p>(.*)<\/p>/)![1]!.match(ID)!;
    const second = await visit("/mine", cookie);
    const [mine, , now] = (await second.text()).match(/<p>(.*)<\/p>/)![1]!.match(ID)!;
    expect(cookie).toBe(`visitor=${mine}`);
    expect(second.headers.getSetCookie()).toEqual([]);
    expect(now).not.toBe(before);
  });

  test("is given no cookie by a page that does not ask", async () => {
    expect((await visit("/nobodys")).headers.getSetCookie()).toEqual([]);
  });

  test.each(["visitor=short", "visitor=../../../../../../..", `visitor=${"x".repeat(23)}`, "visitor=%00", "other=1"])(
    "with the cookie %s gets an id of ours",
    async (cookie) => {
      const response = await visit("/mine", cookie);
      expect(response.status).toBe(200);
      expect(response.headers.getSetCookie()).toHaveLength(1);
    },
  );
});

test("topics of one's own are on the page's stream, and their regions are not named after ids", async () => {
  const html = await (await visit("/own")).text();
  expect(html.match(/aria-label="own"/g)).toHaveLength(2);
  expect(html).toMatch(/sse-connect="\/events\?regions=own%2F[\w-]{22},own%2F[\w-]{22}&amp;cursor=/);
});
