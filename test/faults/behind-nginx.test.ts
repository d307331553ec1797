import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Balancer } from "../support/balancer.ts";
import { Raw } from "../support/raw.ts";
import { templates } from "../support/server.ts";
import { Child } from "./child.ts";
import type { Measure } from "./served.ts";

const STOPPED = 20;
/** 10 MB a second. */
const [PER_SECOND, BYTES] = [500, 20_000];
/** An event around a value's text: its id, the partial, the item, and the delete of what it evicts. */
const EVENT = BYTES + 500;
const MIB = 1024 * 1024;

const views = templates({
  "widgets/load.eta": '---\nkind: log\nkeep: 10\n---\n<li id="<%= id %>"><%= data.text %></li>\n',
});
const server = new Child("test/faults/served.ts", [views]);
const stopped = new Child("test/faults/stopped-client.ts");
let port: number;
beforeAll(async () => {
  port = await server.ask<number>("port");
});
afterAll(() => Promise.all([server.kill(), stopped.kill()]));

let balancer: Balancer | undefined;
afterEach(async () => {
  await balancer?.stop();
  balancer = undefined;
});

test.each([
  ["nginx", "1.0", ""],
  ["nginx", "1.1", "proxy_http_version 1.1; "],
  ["haproxy", "1.1", ""],
] as const)(
  "behind %s, over HTTP/%s, what is published shows at once on a stream that stays open",
  async (kind, _, setting) => {
    balancer = await Balancer.start(kind, [port, port], (text) =>
      text.replaceAll("proxy_pass", `${setting}proxy_pass`),
    );
    const reader = new Raw(balancer.port).send("GET /events?regions=load HTTP/1.1", "Host: localhost", "", "");
    await reader.until("id: ");
    for (const text of ["one", "two", "three"]) {
      const headers = { "content-type": "application/json" };
      const url = `${balancer.origin}/publish/load`;
      expect((await fetch(url, { method: "POST", headers, body: JSON.stringify({ text }) })).status).toBe(201);
      await reader.until(`>${text}</li>`);
    }
    reader.socket.destroy();
  },
);

test(`${STOPPED} readers that have stopped behind nginx are felt through it, and cost the process no more than in front of it`, {
  timeout: 60_000,
}, async () => {
  balancer = await Balancer.start("nginx", [port, port]);
  const load = (perSecond: number) => server.ask("load", ["load"], perSecond, BYTES);
  const measure = () => server.ask<Measure>("measure");
  await load(PER_SECOND);
  await expect.poll(async () => (await measure()).published, { timeout: 20_000 }).toBeGreaterThan(10 * MIB);
  const before = { held: (await measure()).held, nginx: balancer.rss };
  await stopped.ask("connect", balancer.port, "load", STOPPED);
  let [queued, held] = [0, 0];
  const look = async () => {
    const now = await measure();
    [queued, held] = [Math.max(queued, now.mostQueued), Math.max(held, now.held - before.held)];
    return now.stopped;
  };
  await expect.poll(look, { timeout: 40_000 }).toBeGreaterThanOrEqual(STOPPED);
  await load(0);
  const [grown, nginx] = [held, balancer.rss - before.nginx].map((bytes) => `${(bytes / MIB).toFixed(1)} MiB`);
  console.log(
    `${STOPPED} stopped readers behind nginx under ${(PER_SECOND * BYTES) / 1e6} MB/s: largest queue ${queued} bytes, ` +
      `${grown} more in use; nginx grew by ${nginx}`,
  );
  expect(queued).toBeLessThanOrEqual(16 * 1024 + EVENT);
  expect(held).toBeLessThanOrEqual(64 * MIB);
});
