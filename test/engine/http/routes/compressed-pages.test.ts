import { gunzipSync } from "node:zlib";
import { request } from "undici";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { action } from "../../../../src/brooklet.ts";
import type { Decide } from "../../../../src/engine/access/authorize.ts";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { inspector } from "../../../../src/inspector/feature.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";

const LONG = "<p>What all may read.</p>".repeat(100);
const files = {
  "widgets/outer.eta": "<b><%= data %></b>",
  "widgets/inner.eta": "---\naccess: page\n---\n<b><%= data %></b>",
  "pages/index.eta": `${LONG}<%~ live("outer") %><form <%~ action("sign") %>><input name="text"></form>`,
  "pages/large.eta": `<% for (let i = 0; i < 5000; i++) { %><p>What all may read: <%= i %></p><% } %>`,
  "pages/visitor.eta": `${LONG}<p><%= visitor() %></p>`,
  "pages/mine.eta": `${LONG}<%~ live("outer/" + visitor()) %>`,
  "pages/once.eta": `${LONG}<p><%= once() %></p>`,
  "pages/inner.eta": `${LONG}<%~ live("inner") %>`,
  "pages/asked.eta": `---\nquery: { text: ".*" }\n---\n${LONG}<p><%= query.text %></p>`,
  "pages/user.eta": `${LONG}<p><%= user?.name %></p>`,
};
const actions = { sign: action(({ fields, publish }) => publish("outer", fields.text)) };
const views = templates(files);

let server: TestServer;
beforeAll(async () => {
  server = await start({ views, actions, features: [inspector(true)], config: { development: true } });
});
afterAll(() => server.close());

/** A page as it comes over the wire. */
async function loaded(path: string, { method = "GET", headers = {}, body }: Asked = {}, from = server) {
  const answer = await request(from.url + path, {
    method,
    headers: { "accept-encoding": "gzip, deflate, br", accept: "text/html", ...headers },
    ...(body !== undefined && { body }),
  });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  return { status: answer.statusCode, headers: answer.headers, coding: answer.headers["content-encoding"], bytes };
}

interface Asked {
  readonly method?: "GET" | "HEAD" | "POST";
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

describe("a page that is the same for whoever asks", () => {
  test.each(["/", "/large", "/widgets", "/widgets/outer"])("comes compressed: %s", async (path) => {
    const { status, headers, coding, bytes } = await loaded(path);
    expect([status, coding, headers.vary]).toEqual([200, "gzip", "Accept-Encoding"]);
    const html = gunzipSync(bytes).toString();
    expect(html).toMatch(/^<!doctype html>.*<\/html>$/s);
    expect(bytes.length).toBeLessThan((2 / 3) * html.length);
  });

  test("comes as it is to whoever does not take gzip, and a cache is told that it may be otherwise", async () => {
    const { headers, coding, bytes } = await loaded("/", { headers: { "accept-encoding": "gzip;q=0, br" } });
    expect([coding, headers.vary]).toEqual([undefined, "Accept-Encoding"]);
    expect(bytes.toString()).toContain("What all may read.");
  });

  test("says by HEAD what it says by GET", async () => {
    const { headers, coding, bytes } = await loaded("/large", { method: "HEAD" });
    const get = await loaded("/large");
    expect([coding, headers.vary, bytes.length]).toEqual(["gzip", get.headers.vary, 0]);
    expect(headers["cache-control"]).toBe("no-store");
  });

  test("has what was published, and a form with a key of this load", async () => {
    await server.broker.publish([{ topic: parseTopic("outer"), data: "news" }]);
    const [one, other] = [await loaded("/"), await loaded("/")].map(({ bytes }) => gunzipSync(bytes).toString());
    expect(one).toContain("<b>news</b>");
    const keyIn = (html: string) => /name="_once" value="(sign\.0\.[\w-]{22})"/.exec(html)?.[1];
    expect(keyIn(one!)).toBeDefined();
    expect(keyIn(one!)).not.toBe(keyIn(other!));
  });
});

describe("a page of which the length could tell a stranger a secret is not compressed", () => {
  test.each([
    ["one with an id of its visitor's", "/visitor"],
    ["one with a region of its visitor's", "/mine"],
    ["one with an id of its load", "/once"],
    ["one with a seal", "/inner"],
    ["one that was asked for with what it could repeat", "/asked?text=guess"],
    ["one of a feature's, which knows what its visitor has typed", "/chat"],
    ["the inspector", "/inspector"],
  ])("%s: %s", async (_, path) => {
    const { status, coding, bytes } = await loaded(path);
    expect([status, coding]).toEqual([200, undefined]);
    expect(bytes.length).toBeGreaterThan(1024);
  });

  test("one that answers a form with what was typed", async () => {
    const body = new URLSearchParams({ text: "guess", _once: "sign.0." }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", "hx-request": "true" };
    const { status, coding } = await loaded("/actions/sign", { method: "POST", headers, body });
    expect([status, coding]).toEqual([200, undefined]);
  });

  test("nor parts of one that is open, which repeat what it asked for", async () => {
    const headers = { "hx-request": "true" };
    for (const path of ["/stream?_regions=outer", "/join?_regions=outer&region=clock"]) {
      const { status, coding } = await loaded(path, { headers });
      expect([status, coding]).toEqual([200, undefined]);
    }
  });

  test("so that a right guess in its address makes it no shorter than a wrong one", async () => {
    const asking = templates({
      ...files,
      "pages/guess.eta": `---\nquery: { text: ".*" }\n---\n${LONG}<p>id=<%= visitor() %></p><p>id=<%= query.text %></p>`,
    });
    const own = await start({ views: asking, actions });
    const first = await loaded("/guess", {}, own);
    const cookie = [first.headers["set-cookie"] ?? []].flat().map((set) => set.split(";")[0]!);
    const id = /id=([\w-]{22})/.exec(first.bytes.toString())![1]!;
    const wrong = [...id].reverse().join("");
    const lengths = await Promise.all(
      [id, wrong].map(async (text) => {
        const { bytes } = await loaded(`/guess?text=${text}`, { headers: { cookie: cookie.join("; ") } }, own);
        expect(bytes.toString().split(id).length - 1).toBe(text === id ? 2 : 1);
        return bytes.length;
      }),
    );
    expect(lengths[0]).toBe(lengths[1]);
    await own.close();
  });
});

describe("where the author's hook says who may what", () => {
  let guarded: TestServer;
  afterEach(() => guarded.close());

  test.each<[string, Decide, Record<string, string>, string | undefined]>([
    ["nothing of whoever asks", ({ page }) => (page === "user" ? { name: "All" } : undefined), {}, "gzip"],
    ["that there is no such cookie", ({ request }) => void request.cookie("user"), {}, "gzip"],
    ["a header of a proxy's", ({ request }) => ({ name: request.header("x-user") }), { "x-user": "Ada" }, undefined],
    ["what logs in", ({ request }) => void request.header("authorization"), { authorization: "Basic YTpi" }, undefined],
    ["the address", ({ request }) => void request.address, {}, undefined],
  ])("a page is compressed where that was told %s: %#", async (_, decide, headers, coding) => {
    guarded = await start({ views, actions, authorize: decide });
    expect((await loaded("/user", { headers }, guarded)).coding).toBe(coding);
    expect((await loaded("/widgets", { headers }, guarded)).coding).toBe(coding);
  });
});
