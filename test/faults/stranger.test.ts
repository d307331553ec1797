import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { action } from "../../src/brooklet.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { MemoryLog } from "../../src/engine/log/memory.ts";
import { LoadedPage } from "../support/loaded-page.ts";
import { start, type TestServer, templates } from "../support/server.ts";
import { given, tokensFile } from "../support/tokens.ts";
import { Random } from "./random.ts";
import { type Answer, ask, attempt, type Loot } from "./stranger.ts";

const ATTEMPTS = process.env.LONG === "1" ? 200_000 : 10_000;
const SEED = Number(process.env.SEED ?? 20_290_611);
const AT_ONCE = 40;
/** In the value of each topic that is not the stranger's. */
const OTHERS = "what is for others";

const views = templates({
  "widgets/inner.eta": "---\naccess: page\n---\n<b><%= data %></b>",
  "widgets/outer.eta": "<b><%= data %></b>",
  "pages/others.eta": '<%~ live("inner") %><%~ live("inner/two") %>',
  "pages/more.eta": '<%~ live("inner/three") %><%~ live("outer") %><%~ still("inner/later") %>',
  "pages/visitors.eta": '<%~ live("outer/" + visitor()) %><%~ live("inner") %>',
  "pages/mine.eta": '<%~ live("inner/mine") %><form <%~ action("later") %>></form>',
  "pages/also.eta": '<%~ live("outer/" + visitor()) %><%~ live("outer") %>',
});
const actions = { later: action(({ page }) => page.join("inner/mine")) };
const tokens = [
  given("publisher", "rights: [publish, remove], topics: '*'"),
  given("reader", "rights: read, topics: outer"),
];
const log = (secret: string) => Object.defineProperty(new MemoryLog(), "secret", { value: secret.padEnd(32, ".") });

let server: TestServer;
let former: TestServer;
beforeAll(async () => {
  [server, former] = (await Promise.all(
    ["present", "former"].map((secret) =>
      start({ views, actions, log: log(secret), config: { tokensFile: tokensFile(tokens) } }),
    ),
  )) as [TestServer, TestServer];
});
afterEach(() => vi.useRealTimers());
afterAll(() => Promise.all([server.close(), former.close()]));

const load = (path: string, of = server) => LoadedPage.load(of, path);
const paths = ["/others", "/more", "/visitors"];

async function look(): Promise<Loot> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 2 * 60 * 60 * 1000 });
  const old = await Promise.all(paths.map((path) => load(path)));
  vi.useRealTimers();
  const present = await Promise.all([...paths, ...paths].map((path) => load(path)));
  // Without that of a visitor: there an id is one that this server does not know.
  const elsewhere = await Promise.all(["/others", "/more"].map((path) => load(path, former)));
  // What one visitor sees on two pages: with that cookie, each of the two, and nothing of others.
  const mine = await load("/mine");
  const own = [mine, await LoadedPage.load(server, "/also", mine.cookie)];
  const pages = [...old, ...present, ...elsewhere];
  const visitors = pages.flatMap(({ regions }) => regions.split(",")).filter((name) => /^outer\/.{22}$/.test(name));
  const topics = ["inner", "inner/two", "inner/three", "inner/later", ...visitors];
  return { pages, own, topics, tokens: [...tokens.map(({ token }) => token), "none"] };
}

test("a stranger's program reads nothing of what is for pages alone, whatever it has come by", async () => {
  const loot = await look();
  const publish = (topic: string, data: string) => server.broker.publish([{ topic: parseTopic(topic), data }]);
  for (const topic of loot.topics) await publish(topic, `${OTHERS}: ${topic}`);
  await publish("inner/mine", "the stranger's own");
  await publish("outer", "what is for all");

  // Whoever has loaded them reads them: so what is looked for would be seen.
  const present = loot.pages.slice(paths.length, 3 * paths.length);
  for (const page of present)
    expect(await page.open(page.stream!.replace(/&cursor=.*/, "")).until(OTHERS)).toBeTruthy();

  const random = new Random(SEED);
  const statuses = new Map<number, number>();
  const read: string[] = [];
  let asked = 0;
  const tell = (what: string, { status, text, headers }: Answer) => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (text.includes(OTHERS) || JSON.stringify(headers).includes(OTHERS)) read.push(what);
  };
  const attack = async () => {
    while (asked < ATTEMPTS) {
      asked++;
      const attempted = attempt(random, loot);
      const answer = await ask(server.port, attempted);
      const { method, path, headers } = attempted;
      tell(`${method} ${path} ${JSON.stringify(headers)}`, answer);
      // Where a stream is given, it is followed.
      const [, stream] = /sse-connect="([^"]*)"/.exec(answer.text) ?? [];
      if (stream === undefined) continue;
      asked++;
      const opening = { method: "GET", path: stream.replaceAll("&amp;", "&").replace(/&cursor=.*/, ""), headers };
      tell(`${path}, and then ${stream}`, await ask(server.port, opening));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, attack));
  const answers = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
  console.log(`a stranger's program, seed ${SEED}: ${read.length} reads of ${asked} (${answers.join(", ")})`);
  expect(read).toEqual([]);
  expect(asked).toBeGreaterThanOrEqual(ATTEMPTS);
  expect(statuses.get(500)).toBeUndefined();
}, 600_000);
