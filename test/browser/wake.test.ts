/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { AWAY, delivered, eventually, opened, shows, streamed, useChromium } from "../support/browser.ts";
import { Program } from "../support/program.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { selfSigned, start, styled, type TestServer, templates } from "../support/server.ts";

/** At length as it is for everybody, else sooner. */
const [HEARTBEAT_MS, DUE] = process.env.LONG ? [undefined, ""] : [700, ".beat { --due: 2s; }"];
/** What is promised once the cause is gone, and where only a missed heartbeat tells; asserted at three times that. */
const [HEAL_MS, NOTICE_MS] = [5_000, 20_000];

const views = { "pages/wake.eta": '<h1>Wake</h1><%~ live("feed") %>' };
const tls = selfSigned();
let server: TestServer;
/** With heartbeats as they are for everybody, over HTTP/2. */
let http2: TestServer;
const proxies: FaultyProxy[] = [];

beforeAll(async () => {
  const folder = templates(views);
  server = await start({ views: folder, public: styled(DUE), heartbeatMs: HEARTBEAT_MS });
  http2 = await start({ views: folder, config: { tls } });
});
afterEach(async () => {
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});
const chromium = useChromium({ plain: true });
afterAll(async () => {
  await server.close();
  await http2.close();
});

interface Visit {
  readonly page: Page;
  readonly proxy: FaultyProxy;
  /** How often it has asked for its stream. */
  readonly asked: { stream: number };
}

/** A page over a connection of its own. @param open by default with nothing that other pages have, as another visitor */
async function visit(open: (url: string) => Promise<Page> = chromium.open, at = server): Promise<Visit> {
  const proxy = await FaultyProxy.open(at.port);
  proxies.push(proxy);
  const page = await open(`${at === http2 ? "https" : "http"}://127.0.0.1:${proxy.port}/wake`);
  const asked = { stream: 0 };
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/stream") asked.stream++;
  });
  await opened(page);
  chromium.allow(...AWAY);
  return { page, proxy, asked };
}

const publish = (text: string) =>
  Promise.all([server, http2].map(({ broker }) => broker.publish([{ topic: parseTopic("feed"), data: { text } }])));
const lost = ({ page }: Pick<Visit, "page">) => page.locator("#_pulse .lost").waitFor({ timeout: 3 * NOTICE_MS });
const alive = ({ page }: Pick<Visit, "page">) => page.locator("#_pulse .alive").waitFor({ timeout: 3 * HEAL_MS });
const asks = ({ asked }: Visit, times: number) =>
  eventually(
    () => asked.stream,
    (stream) => stream >= times,
    60_000,
  );

/** Milliseconds until the page is so. */
async function until(is: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await is;
  return Math.round(performance.now() - began);
}

/** Milliseconds until the page is right, and says so. Until then it says that it is lost. */
async function healed({ page }: Visit, text: string, promisedMs = HEAL_MS): Promise<number> {
  const ms = await until(shows(page, "#feed", text, 3 * promisedMs));
  await alive({ page });
  expect(await page.locator("#_pulse .lost").isVisible()).toBe(false);
  return ms;
}

const THEIRS = '<title>Theirs</title><div class="beat">Theirs</div><p id="_pulse">Theirs</p>';
const answered = (head: string) => (proxy: FaultyProxy) => proxy.intercept(head, THEIRS);

/** What stands between a page and its server, and what it does. */
const faults: Readonly<Record<string, (proxy: FaultyProxy) => void>> = {
  "packets that were dropped": (proxy) => proxy.set("blackhole"),
  "a proxy that passed nothing on": (proxy) => proxy.set("stall"),
  "a busy server's 503": answered("503 Service Unavailable\r\nRetry-After: 1"),
  "a network's log-in": answered("200 OK"),
  "a redirect to one": answered("302 Found\r\nLocation: http://127.0.0.1:9/log-in"),
  "a proxy's log-in": answered("401 Unauthorized"),
  "a server without these pages": answered("404 Not Found"),
  "a proxy without a server": answered("502 Bad Gateway"),
  "too many requests": answered("429 Too Many Requests\r\nRetry-After: 1"),
};

describe("a page whose stream died is right within 5 s of its being possible", () => {
  test("when its server was killed, for however long, and before that stood still: meanwhile it says so, wherever it is scrolled to", async () => {
    const program = new Program(views);
    try {
      await program.start();
      const page = await chromium.open(`${program.origin}/wake`);
      await opened(page);
      chromium.allow(...AWAY);
      expect(await page.locator("#_pulse .lost").isVisible()).toBe(false);
      program.pause();
      await lost({ page });
      program.resume();
      const resumed = await until(alive({ page }));
      await program.stop("SIGKILL");
      const said = await until(lost({ page }));
      expect(await page.getByRole("status").textContent()).toContain("Connection lost.");
      await page.mouse.wheel(0, 5_000);
      expect(await page.locator("#_pulse .lost").isVisible()).toBe(true);
      await page.evaluate((ms) => {
        for (const animation of document.getAnimations()) animation.currentTime = Number(animation.currentTime) + ms;
      }, 20 * 60_000);
      const asked = page.waitForRequest(/\/stream\?/, { timeout: 3 * HEAL_MS });
      const pace = await until(asked.then(() => page.waitForRequest(/\/stream\?/, { timeout: 3 * HEAL_MS })));
      await program.start();
      const restarted = await until(alive({ page }));
      console.log(
        `a server that stood still: live ${resumed} ms after it goes on; killed: said after ${said} ms; 20 minutes later asks ` +
          `each ${pace} ms at most, live ${restarted} ms after its start`,
      );
    } finally {
      program.resume();
      await program.dispose();
    }
  });

  test("whatever came meanwhile: it goes on to say that it is lost, to ask, and shows nothing of what others answer", async () => {
    chromium.allow(/Failed to load resource|Response Status Error Code|CORS|MIME type|Content Security Policy|htmx:/);
    const text = "none of theirs";
    const ways = Object.entries(faults).map(async ([what, begin], i) => {
      const reducedMotion = i % 2 === 0 ? "reduce" : "no-preference";
      const here = await visit((url) => chromium.open(url, { reducedMotion }));
      // As if the browser had thrown away what the page has stored there for this.
      const session = await here.page.context().newCDPSession(here.page);
      await session.send("Network.setCacheDisabled", { cacheDisabled: true });
      await begin(here.proxy);
      await lost(here);
      await asks(here, 3);
      expect(await here.page.locator("#_pulse .lost").isVisible()).toBe(true);
      expect(await here.page.locator("html").textContent()).not.toContain("Theirs");
      return { what, here };
    });
    const all = await Promise.all(ways);
    await publish(text);
    const told = all.map(async ({ what, here }) => {
      here.proxy.set("pass");
      return `${what} ${await healed(here, text)} ms`;
    });
    console.log(`right after ${(await Promise.all(told)).join(", ")}`);
  }, 90_000);
});

describe("a page whose connections are all dead, and nobody says so,", () => {
  test("is right within 20 s, over HTTP/1.1 and HTTP/2", async () => {
    const plain = await visit();
    const secure = await visit((url) => chromium.open(url, { ignoreHTTPSErrors: true }), http2);
    const visits = [plain, secure];
    await Promise.all(visits.map(({ page }) => delivered(page, 1)));
    const dead = visits.map(({ proxy }) => proxy.open);
    for (const { proxy } of visits) proxy.forget();
    await publish("unheard");
    const right = await Promise.all(visits.map((here) => healed(here, "unheard", NOTICE_MS)));
    console.log(
      `${dead[0]} dead connections, heartbeats each ${HEARTBEAT_MS ?? 7_000} ms: right after ${right[0]} ms; ` +
        `HTTP/2, heartbeats each 7000 ms: right after ${right[1]} ms`,
    );
  }, 90_000);

  test("is right in the background, and once it goes on that was frozen, or whose laptop's lid was closed", async () => {
    const hidden = await visit(chromium.tab);
    const frozen = await visit(chromium.tab);
    const refused = await visit(chromium.tab);
    const lid = await visit(async (url) => {
      const page = await chromium.tab("about:blank");
      await page.clock.install();
      await page.goto(url);
      return page;
    });
    await chromium.tab("about:blank");
    // Else each that the browser has kept is tried first.
    server.web.closeIdleConnections();
    const wake = await Promise.all([frozen, lid].map(({ page }) => freeze(page)));
    for (const { proxy } of [hidden, frozen, lid]) proxy.forget();
    // Its stream is dead without a word, and what it asks is refused at first.
    const isRefused = refused.page.waitForResponse((answer) => answer.status() === 503, { timeout: 3 * NOTICE_MS });
    refused.proxy.forget();
    refused.proxy.set("unavailable");
    const text = "while nobody looked";
    await publish(text);
    const feed = ({ page }: Visit) => page.locator("#feed").textContent();
    const unseen = await until(
      eventually(
        () => feed(hidden),
        (shown) => shown!.includes(text),
        3 * NOTICE_MS,
      ),
    );
    expect(await hidden.page.evaluate(() => document.visibilityState)).toBe("hidden");
    expect(await feed(frozen)).not.toContain(text);
    await isRefused;
    refused.proxy.set("pass");
    await eventually(
      () => feed(refused),
      (shown) => shown!.includes(text),
      3 * NOTICE_MS,
    );
    expect(await refused.page.evaluate(() => document.visibilityState)).toBe("hidden");
    await wake[0]!();
    const thawed = await healed(frozen, text);
    await wake[1]!();
    await lid.page.clock.fastForward("08:00:00");
    const opened = await healed(lid, text);
    console.log(
      `in the background: right after ${unseen} ms; frozen: ${thawed} ms after it goes on; a lid that was closed for 8 hours: ${opened} ms`,
    );
  }, 90_000);
});

/** Freezes a tab that nobody looks at. @returns what has it go on, and be looked at */
async function freeze(page: Page): Promise<() => Promise<void>> {
  await eventually(
    () => page.evaluate(() => document.visibilityState),
    (state) => state === "hidden",
  );
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  return async () => {
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await page.bringToFront();
  };
}

test("a page that was duplicated, and one that the back button brings, is right and live beside the other", async () => {
  const { page, proxy } = await visit(chromium.tab);
  const [copy] = await Promise.all([
    page.context().waitForEvent("page"),
    page.evaluate(() => window.open(location.href)),
  ]);
  await page.goto(`${proxy.origin}/widgets`);
  await publish("while it was away");
  const back = await until(page.goBack().then(() => shows(page, "#feed", "while it was away")));
  await eventually(
    () => server.broker.size,
    (streams) => streams === 2,
  );
  await publish("for both");
  await Promise.all([page, copy].map((tab) => shows(tab, "#feed", "for both")));
  const ids = await Promise.all([page, copy].map((tab) => tab.locator("#_here").inputValue()));
  expect(ids[0]).not.toBe(ids[1]);
  console.log(`by the back button right after ${back} ms`);
});

test("nothing is asked while the stream is well", async () => {
  // By the style sheet as it is for everybody: on a machine that is busy a beat may be late.
  const well = await start({ views: templates(views), heartbeatMs: HEARTBEAT_MS });
  const { page } = await visit(chromium.tab, well);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  const { message } = await streamed(page);
  await delivered(page, message + 5); // heartbeats
  const inFront = await chromium.tab("about:blank");
  await delivered(page, message + 9);
  await inFront.close();
  expect(asked).toEqual([]);
  await well.close();
}, 120_000);
