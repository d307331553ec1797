/// <reference lib="dom" />
import { once } from "node:events";
import { createServer, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/engine/core/limits.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { opened, shows, useChromium } from "../support/browser.ts";
import { start, type TestServer } from "../support/server.ts";

const UNANSWERED = "No answer came: this may not have been taken. Try again.";

/** What becomes of a form on its way: each as a proxy or a network does it. */
const FAULTS: Record<string, (res: ServerResponse) => unknown> = {
  "a connection that is cut": (res) => res.socket!.destroy(),
  "a proxy's 502 page": (res) => page(res, 502),
  "a proxy's 403 page": (res) => page(res, 403),
  "a 404 page": (res) => page(res, 404),
  "a sign-in page in the network's way": (res) => page(res, 200),
  "a program's problem+json": (res) =>
    res.writeHead(503, { "Content-Type": "application/problem+json" }).end('{"status":503,"title":"<b>no</b>"}'),
  "no answer in time": () => {},
};

function page(res: ServerResponse, status: number): void {
  res.writeHead(status, { "Content-Type": "text/html" });
  res.end("<!doctype html><title>Elsewhere</title><h1>nginx</h1><div class=refusal>an error page</div>");
}

let server: TestServer;
let proxy: Server;
let origin: string;
/** How many forms were sent. */
let posts = 0;
/** What happens to the forms that are sent now; they pass by default. */
let fault: ((res: ServerResponse) => unknown) | undefined;

beforeEach(async () => {
  fault = undefined;
  posts = 0;
  server = await start();
  proxy = createServer((req, res) => {
    if (req.method === "POST") posts++;
    if (req.method === "POST" && fault !== undefined) return fault(res);
    const { method, url: path, headers } = req;
    const passed = request({ port: server.port, host: "127.0.0.1", method, path, headers }, (answer) => {
      res.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(res);
    });
    passed.on("error", () => res.destroy());
    res.on("close", () => passed.destroy());
    req.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterEach(async () => {
  proxy.close();
  proxy.closeAllConnections();
  await server.close();
});
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

/** For the test of a time-out, one that it can wait for. @returns what it was */
const patience = (page: Page, ms: number) =>
  page.evaluate((ms) => {
    const { config } = (globalThis as unknown as { htmx: { config: { timeout: number } } }).htmx;
    const before = config.timeout;
    config.timeout = ms;
    return before;
  }, ms);
/** Presses, and resolves once that is sent. */
async function sent(press: () => Promise<unknown>): Promise<void> {
  const before = posts;
  await press();
  await expect.poll(() => posts).toBeGreaterThan(before);
}
const told = (page: Page, form: string) => page.locator(`${form} :is(.refused, .unanswered)`).filter({ visible: true });
/** Resolves once the form says so, and htmx has done with its request: until then it drops another press. */
async function says(page: Page, form: string, text: string): Promise<void> {
  await told(page, form).filter({ hasText: text }).waitFor();
  await page.locator(`${form}:not(.htmx-request)`).first().waitFor({ state: "attached" });
}
const silent = (page: Page, form: string) => expect.poll(() => told(page, form).count()).toBe(0);

/** Each kind of form: one that is typed into, one of buttons, and one that a stream brought. */
const FORMS = [
  {
    name: "a form that is typed into",
    path: "/",
    form: 'form[action="/actions/feed"]',
    press: async (page: Page) => {
      await page.locator("#_feed-text").fill("as it was typed");
      await page.locator("#_feed-text").press("Enter");
    },
    taken: (page: Page) => shows(page, "#feed", "as it was typed"),
  },
  {
    name: "a button",
    path: "/visitor",
    form: 'form[action="/actions/own/start"]',
    press: (page: Page) => page.getByRole("button", { name: "Start" }).press("Enter"),
    taken: (page: Page) => page.waitForURL("**/visitor?running=true"),
  },
  {
    name: "a button in a region",
    path: "/press",
    form: 'form[action="/actions/press"]',
    press: (page: Page) => page.getByRole("button", { name: "Press" }).press("Enter"),
    taken: (page: Page) => shows(page, "#press", "2 times"),
  },
] as const;

describe.each(FORMS)("$name", ({ path, form, press, taken }) => {
  test("that gets no answer of ours says so beside it, whatever came instead, and can be tried again", async () => {
    chromium.allow(/ERR_|status of|Response Status Error|sendError|afterRequest|htmx:timeout|object Event/); // offline, the stream breaks too, sooner or later
    await server.broker.publish([{ topic: parseTopic("press"), data: { times: 1 } }]);
    const page = await chromium.open(origin + path);
    if (path !== "/visitor") await opened(page);
    const title = await page.title();
    expect(await patience(page, 10_000)).toBeGreaterThan(LIMITS.actionMs);
    await silent(page, form);
    for (const [name, happens] of Object.entries(FAULTS)) {
      fault = happens;
      if (name === "no answer in time") await patience(page, 300);
      await sent(() => press(page));
      await says(page, form, UNANSWERED);
      expect([name, await page.title(), await page.getByText(/nginx|an error page/).count()]).toEqual([name, title, 0]);
      expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe("BODY");
    }
    await patience(page, 10_000);
    fault = undefined;
    await sent(() => press(page));
    await taken(page);
    await silent(page, form);
    await page.goto(origin + path);
    await page.context().setOffline(true);
    await press(page);
    await says(page, form, UNANSWERED);
  });
});

test("the server's own reason is given in its place, and makes way for the next one", async () => {
  chromium.allow(/status of|Response Status Error|ERR_|sendError|afterRequest/);
  const page = await chromium.open(origin);
  const form = 'form[action="/actions/feed"]';
  const send = async (text: string) => {
    await page.locator("#_feed-text").fill(text);
    await sent(() => page.locator("#_feed-text").press("Enter"));
  };
  await send("  ");
  await says(page, form, "Write something first.");
  const describedBy = await page.locator("#_feed-text").getAttribute("aria-describedby");
  expect(await page.locator(`#${describedBy}`).textContent()).toBe("Write something first.");
  fault = FAULTS["a connection that is cut"];
  await send("  ");
  await says(page, form, UNANSWERED);
  fault = undefined;
  await send("  ");
  await says(page, form, "Write something first.");
  expect(await told(page, form).count()).toBe(1);
  expect(await page.locator("#_feed-text").inputValue()).toBe("  ");
  await send("at last");
  await shows(page, "#feed", "at last");
  await silent(page, form);
});

test("what the browser itself does not send is not said to be unanswered, then or while its mistake is mended", async () => {
  chromium.allow(/ERR_|sendError|afterRequest/);
  const page = await chromium.open(origin);
  const form = 'form[action="/actions/feed"]';
  const field = page.locator("#_feed-text");
  await field.evaluate((input) => input.setAttribute("required", ""));
  await field.press("Enter");
  await page.locator("#_feed-text:user-invalid").waitFor();
  expect(await told(page, form).count()).toBe(0);
  await field.pressSequentially("now there is something");
  await page.locator("#_feed-text:user-valid").waitFor();
  expect(await told(page, form).count()).toBe(0);
  expect(posts).toBe(0);
  fault = FAULTS["a connection that is cut"];
  await sent(() => field.press("Enter"));
  await says(page, form, UNANSWERED);
  fault = undefined;
  await sent(() => field.press("Enter"));
  await shows(page, "#feed", "now there is something");
  await silent(page, form);
});

test("a server that was killed, and is back", async () => {
  chromium.allow(/status of|Response Status Error|ERR_|sendError|afterRequest|object Event/);
  const page = await chromium.open(origin);
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await page.locator("#_feed-text").fill("kept");
  await page.locator("#_feed-text").press("Enter");
  await says(page, 'form[action="/actions/feed"]', UNANSWERED);
  expect(await page.locator("#_feed-text").inputValue()).toBe("kept");
  proxy.listen(Number(new URL(origin).port), "127.0.0.1");
  await sent(() => page.locator("#_feed-text").press("Enter"));
  await silent(page, 'form[action="/actions/feed"]');
  expect(await server.broker.latest(parseTopic("feed"))).toEqual({ text: "kept" });
});
