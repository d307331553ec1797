/// <reference lib="dom" />
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { every } from "../../src/engine/sources/every.ts";
import { shows, useChromium } from "../support/browser.ts";
import { start, type TestServer, templates } from "../support/server.ts";

/** Other sites than the server's, whose address is 127.0.0.1. Each shows in a frame what its query names. */
let elsewhere: Server;
const site = (host: string) => `http://${host}:${(elsewhere.address() as AddressInfo).port}`;
let server: TestServer;

beforeEach(async () => {
  elsewhere = createServer((req, res) => {
    const { searchParams } = new URL(req.url!, "http://localhost");
    const [src, policy] = [searchParams.get("src") ?? "", searchParams.get("policy") ?? ""];
    const frame = `<iframe width="900" height="700" src="${src.replaceAll("&", "&amp;")}" referrerpolicy="${policy}"></iframe>`;
    const html = `<!doctype html><link rel="icon" href="data:,"><title>Other</title>${frame}`;
    res.setHeader("Content-Type", "text/html").end(html);
  }).listen(0);
  await once(elsewhere, "listening");
  const views = templates({
    "widgets/ticks.eta": "<b><%= data %></b>",
    "pages/board.eta":
      '<h1>Board</h1><%~ live("feed") %><form <%~ action("feed") %>><label>Line <input name="text"></label><button>Publish</button></form><a href="/ticking">Ticking</a>',
    "pages/ticking.eta": '<h1>Ticking</h1><%~ live("ticks") %>',
    "pages/mine.eta": "<h1>Mine</h1><p><%= visitor() %></p>",
  });
  let n = 0;
  const ticks = every(20, () => ++n);
  server = await start({ views, sources: { ticks }, config: { frameAncestors: [site("localhost")] } });
});
afterEach(async () => {
  await server.close();
  elsewhere.close();
  elsewhere.closeAllConnections();
});
const chromium = useChromium();

const framed = (host: string, path: string, policy = "") =>
  chromium.open(`${site(host)}/?${new URLSearchParams({ src: server.url + path, policy })}`);

describe("a site that the operator names", () => {
  test("shows a page in a frame, which is live there, whose forms work and whose links lead on", async () => {
    const page = await framed("localhost", "/board");
    const frame = page.frameLocator("iframe");
    await frame.getByLabel("Line").fill("from the frame");
    await frame.getByRole("button", { name: "Publish" }).click();
    await frame.locator("#feed").getByText("from the frame").waitFor();
    const own = await chromium.open(`${server.url}/board`);
    await shows(own, "#feed", "from the frame");
    await own.getByLabel("Line").fill("from a page");
    await own.getByRole("button", { name: "Publish" }).click();
    await frame.locator("#feed").getByText("from a page").waitFor();
    await frame.getByRole("link", { name: "Ticking" }).click();
    await frame
      .locator("#ticks b")
      .filter({ hasText: /^\d{2,}$/ })
      .waitFor();
  });

  test("is told to the browser by the policy alone, and none is by both", async () => {
    const shown = await fetch(`${server.url}/board`);
    expect(shown.headers.get("content-security-policy")).toMatch(/; frame-ancestors http:\/\/localhost:\d+$/);
    expect(shown.headers.get("x-frame-options")).toBe(null);
    const closed = await start();
    const { headers } = await fetch(closed.url);
    expect(headers.get("content-security-policy")).toMatch(/; frame-ancestors 'none'$/);
    expect(headers.get("x-frame-options")).toBe("DENY");
    await closed.close();
  });

  test("gets another visitor with each load, since browsers keep no cookie for a frame on another site", async () => {
    const page = await framed("localhost", "/mine");
    const id = () => page.frameLocator("iframe").locator("p").innerText();
    const before = await id();
    await page.reload();
    expect(await id()).not.toBe(before);
  });
});

describe("any other site", () => {
  const answers = (path: string) => vi.waitFor(() => expect(server.requests).toContain(`GET ${path}`));

  test.each([
    ["that is not named", "other.localhost", ""],
    ["that hides who asks", "localhost", "no-referrer"],
  ])("%s shows nothing, and starts no source", async (_which, host, policy) => {
    chromium.allow(/403|frame-ancestors|Framing/);
    const page = await framed(host, "/ticking", policy);
    await answers("/ticking");
    await expect.poll(() => page.frames().length).toBe(2);
    expect(await page.frames()[1]!.locator("#ticks").count()).toBe(0);
    expect(server.sources.isRunning("ticks" as never)).toBe(false);
  });

  test("around one that is named shows nothing, either", async () => {
    chromium.allow(/frame-ancestors|Framing/);
    const inner = `${site("localhost")}/?${new URLSearchParams({ src: `${server.url}/board` })}`;
    const page = await chromium.open(`${site("other.localhost")}/?${new URLSearchParams({ src: inner })}`);
    await answers("/board");
    await expect.poll(() => page.frames().length).toBe(3);
    expect(await page.frames()[2]!.locator("#feed").count()).toBe(0);
    expect(server.broker.size).toBe(0);
  });
});
