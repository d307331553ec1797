/// <reference lib="dom" />
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium as browsers, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { CHAT_ACTIONS } from "../../src/chat/actions.ts";
import { every } from "../../src/engine/sources/every.ts";
import { inspector } from "../../src/inspector/feature.ts";
import { eventually } from "../support/browser.ts";
import { FIXTURES } from "../support/folders.ts";
import { start, type TestServer } from "../support/server.ts";
import { ATTEMPTS, type Attempt, prepare } from "./foreign.ts";

const root = join(import.meta.dirname, "..", "..");
const SECRET = "x".repeat(22);

/** What reads, by path: the mock of OpenAI's API is not among them, since it is open to all and nobody's. */
const READS = [
  "/",
  "/chat",
  "/own",
  "/press",
  "/visitor",
  "/visitor?running=true",
  "/widgets",
  "/widgets/clock",
  "/widgets/own",
  "/widgets/to-take/number",
  "/events?regions=feed,clock",
  `/events?regions=own/a0,own/${SECRET}`,
  "/events?regions=clock&as=json",
  "/events/?regions=clock",
  "/EVENTS?regions=clock",
  "//events?regions=clock",
  "/join?region=own/a0,own/a1&_regions=feed",
  "/join?region=clock",
  "/stream?_regions=clock",
  "/healthz",
  "/readyz",
  "/metrics",
  "/here?_here=x",
  "/topics",
  "/inspector",
  "/inspector/events?regions=figures,fragments",
];
/** What writes. */
const WRITES = [
  "/publish",
  "/publish/feed",
  "/publish/feed?item=m1",
  "/actions/feed",
  "/actions/press",
  "/actions/own/add",
  "/actions/own/start",
  ...CHAT_ACTIONS.map((name) => `/actions/${name}`),
  "/chat/draft",
  "/inspector/enter?token=planted",
  "/inspector/leave",
  "/inspector/actions/publish?topic=feed&item=&json=1",
  "/inspector/actions/pause?name=clock",
  "/inspector/actions/cut",
];
/** Ways that are tried together: some of them never hear what has become of a request, and only wait. */
const AT_ONCE = 5;
const PAGES = /^\/(?:chat|own|press|visitor|widgets)?(?:\/|\?|$)/;
const ALL = [...new Set([...READS, ...WRITES])];

let server: TestServer;
let elsewhere: Server;
let browser: Browser;
/** Has been here, and so has the cookies that a page of another port may send along. */
let visitor: BrowserContext;
const streams = vi.fn();
const started: string[] = [];

beforeAll(async () => {
  const value = () => every(50, () => ({ count: 1 }));
  const names = ["clock", "counter", "own", "press", "price"];
  server = await start({
    sources: Object.fromEntries(names.map((name) => [name, value])),
    // Where it is open to everybody there, and does the most.
    config: { development: true },
    features: [inspector(true)],
  });
  const { subscribe } = server.broker;
  vi.spyOn(server.broker, "subscribe").mockImplementation((...args) => {
    streams();
    return subscribe.apply(server.broker, args);
  });
  const { wanted } = server.sources;
  vi.spyOn(server.sources, "wanted").mockImplementation((topic, is) => {
    if (is) started.push(topic);
    wanted.call(server.sources, topic, is);
  });
  elsewhere = createServer((_, res) => {
    res
      .setHeader("Content-Type", "text/html")
      .end('<!doctype html><link rel="icon" href="data:,"><title>Evil</title><body>');
  }).listen(0);
  await once(elsewhere, "listening");
  browser = await browsers.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  visitor = await browser.newContext();
  const page = await visitor.newPage();
  await page.goto(`${server.url}/visitor`);
  expect((await visitor.cookies()).map(({ name }) => name)).toContain("visitor");
  await page.close();
});

afterAll(async () => {
  await browser.close();
  elsewhere.close();
  elsewhere.closeAllConnections();
  await server.close();
});

const foreign = async (host: string, context: BrowserContext) => {
  const page = await context.newPage();
  await page.goto(`http://${host}:${(elsewhere.address() as AddressInfo).port}/`);
  await page.evaluate(prepare);
  return page;
};
const come = (mark: string) => server.requests.filter((request) => request.includes(`mark=${mark}`)).length;
const marked = (path: string, mark: string) => `${server.url}${path}${path.includes("?") ? "&" : "?"}mark=${mark}`;
/** What its buttons for faults have done, as the inspector itself says. */
const faults = async () =>
  (await (await fetch(`${server.url}/inspector`)).text()).match(
    /(?:was|were) cut|Answers 503 until|Answers 2 s late until|stopped here/g,
  );
const done = () => ({ streams: streams.mock.calls.length, started: started.length, cursor: server.broker.cursor() });

/** Resolves once nothing more comes. */
async function quiet(): Promise<void> {
  let before = -1;
  await eventually(
    async () => {
      const more = server.requests.length - before;
      before = server.requests.length;
      await new Promise((resolve) => setTimeout(resolve, 400));
      return more;
    },
    (more) => more === 0,
    60_000,
  );
}

test("the list has every route that the server has", () => {
  const files = ["src/engine/http/routes", "src/chat", "src/inspector"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join(root, folder, file)),
  );
  const routes = files.flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const base = file.includes("src/inspector/") ? "/inspector" : "";
    const found = text.matchAll(/(?:\b(?:get|post|delete)\(\s*|_PATH = )["'`](?:\$\{base\})?(\/[^"'`:]*)/g);
    return [...found].map(([, path]) => base + path);
  });
  const actions = readdirSync(FIXTURES.actions, { recursive: true, encoding: "utf8" });
  for (const file of actions.filter((file) => /^(?!.*\b_).*\.ts$/.test(file)))
    routes.push(`/actions/${file.slice(0, -3)}`);
  expect(routes.length).toBeGreaterThan(10);
  const known = ALL.map((path) => path.split("?", 1)[0]!);
  expect(routes.filter((route) => !known.some((path) => path.startsWith(route)))).toEqual([]);
  const missing = server.views.pages
    .map((name) => `/${name}`.replace(/\/index$/, "/"))
    .filter((path) => !known.includes(path));
  expect(missing).toEqual([]);
});

/** Another site, and another origin of the same site, to which cookies go along. */
test.each([["localhost"], ["127.0.0.1"]])(
  "a page of another origin, on %s, writes nothing, holds nothing, starts nothing",
  { timeout: 600_000 },
  async (host) => {
    const before = done();
    const page = await foreign(host, host === "localhost" ? await browser.newContext() : visitor);
    const site = host === "localhost" ? "a" : "b";
    const make = async (name: string, attempt: Attempt, i: number) => {
      const mark = `${site}${i}.`;
      const urls = ALL.map((path) => marked(path, mark));
      await page.evaluate(
        async ({ source, urls }) => {
          const attempt = new Function(`return (${source})`)() as (url: string) => unknown;
          const late = new Promise((resolve) => setTimeout(resolve, 5_000));
          await Promise.race([late, Promise.allSettled(urls.map(async (url) => attempt(url)))]);
        },
        { source: String(attempt), urls },
      );
      // A WebSocket asks for an upgrade, which no handler of requests sees.
      if (name !== "WebSocket")
        await eventually(
          () => come(mark),
          (n) => n > 0,
          60_000,
        ).catch(() => {
          throw new Error(`${name} sent nothing`);
        });
    };
    const attempts = Object.entries(ATTEMPTS);
    for (let first = 0; first < attempts.length; first += AT_ONCE) {
      const some = attempts.slice(first, first + AT_ONCE);
      await Promise.all(some.map(([name, attempt], i) => make(name, attempt, first + i)));
    }
    await quiet();
    const sent = come(site);
    const after = done();
    const figures = {
      writes: Number(after.cursor !== before.cursor),
      streams: after.streams - before.streams,
      sources: after.started - before.started,
    };
    console.log(
      `${sent} requests of a foreign page on ${host}, ${Object.keys(ATTEMPTS).length} ways, ${ALL.length} addresses: ${figures.writes} writes, ${figures.streams} streams held, ${figures.sources} sources started`,
    );
    expect(await faults()).toBeNull();
    expect(started.slice(before.started)).toEqual([]);
    expect(figures).toEqual({ writes: 0, streams: 0, sources: 0 });
    await page.close();
  },
);

test("windows that it opens, and forms that it sends into them, do nothing but visit pages", {
  timeout: 300_000,
}, async () => {
  const before = done();
  const page = await foreign("localhost", visitor);
  const reads = ALL.filter((path) => !PAGES.test(path));
  for (const path of reads) {
    await page.evaluate((url) => void window.open(url, "_blank"), marked(path, "window"));
  }
  for (const path of ALL) await page.evaluate(post, marked(path, "post"));
  await eventually(
    () => come("window") + come("post"),
    (n) => n >= reads.length + ALL.length,
    60_000,
  );
  await quiet();
  expect(done()).toEqual(before);
  expect(await faults()).toBeNull();
  await closeAll(page);
  // And a visit is one: what it shows, it starts.
  await page.evaluate((url) => void window.open(url, "_blank", "noopener"), `${server.url}/`);
  await eventually(
    () => started.slice(before.started),
    (topics) => topics.includes("price") && topics.includes("counter"),
  );
  await eventually(
    () => streams.mock.calls.length,
    (n) => n > before.streams,
  );
  await closeAll(page);
});

/** Runs in the page: a form of its own that is sent into a new window, as a click would. */
function post(url: string): void {
  const form = Object.assign(document.createElement("form"), { action: url, method: "post", target: "_blank" });
  for (const name of ["text", "from", "subject", "all"]) {
    form.append(Object.assign(document.createElement("input"), { name, value: "planted" }));
  }
  document.body.append(form);
  form.submit();
}

async function closeAll(page: Page): Promise<void> {
  await Promise.all(
    visitor
      .pages()
      .filter((other) => other !== page)
      .map((other) => other.close()),
  );
}
