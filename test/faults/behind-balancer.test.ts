import { get } from "node:https";
import { text as textOf } from "node:stream/consumers";
import type Router from "@koa/router";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Balancer, type BalancerKind } from "../support/balancer.ts";
import { freePort } from "../support/port.ts";
import { Raw } from "../support/raw.ts";
import { type Options, selfSigned, start, type TestServer, templates } from "../support/server.ts";
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
const stopped = new Child("test/faults/stopped-client.py");
let port: number;
beforeAll(async () => {
  port = await server.ask<number>("port");
});
afterAll(() => Promise.all([server.kill(), stopped.kill()]));

const pair = selfSigned();
let balancer: Balancer | undefined;
const others: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all([balancer, ...others.splice(0)].map((one) => one?.stop()));
  balancer = undefined;
});

/** A server in this process, and balancers that end with the test. */
async function serve(options: Options): Promise<TestServer> {
  const server = await start(options);
  others.push({ stop: server.close });
  return server;
}
async function put(...of: Parameters<typeof Balancer.start>): Promise<Balancer> {
  const started = await Balancer.start(...of);
  others.push(started);
  return started;
}

test.each([
  ["nginx", "1.0", "proxy_http_version 1.0; "],
  ["nginx", "1.1", ""],
  ["haproxy", "1.1", ""],
  ["caddy", "1.1", ""],
] as const)(
  "behind %s, over HTTP/%s, what is published shows at once on a stream that stays open",
  async (kind, _, setting) => {
    balancer = await Balancer.start(kind, [port, port], {
      change: (text) => text.replaceAll("proxy_pass", `${setting}proxy_pass`),
    });
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

test("behind HAProxy, a publish finds a node also where no check finds one well", async () => {
  balancer = await Balancer.start("haproxy", [port, await freePort()], {
    change: (text) => text.replace("httpchk GET /healthz", "httpchk GET /nowhere"),
  });
  await expect.poll(() => balancer!.said).toMatch(/(?=[\s\S]*nodes\/one is DOWN)[\s\S]*nodes\/two is DOWN/);
  for (let i = 0; i < 8; i++) {
    const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
    const url = `${balancer.origin}/publish/load`;
    expect((await fetch(url, { method: "POST", headers, body: '{"text":"x"}' })).status).toBe(201);
  }
});

test(`${STOPPED} readers that have stopped behind nginx are felt through it, and cost the process no more than in front of it`, {
  timeout: 180_000,
}, async () => {
  balancer = await Balancer.start("nginx", [port, port]);
  const load = (perSecond: number) => server.ask("load", ["load"], perSecond, BYTES);
  const measure = () => server.ask<Measure>("measure");
  await load(PER_SECOND);
  await expect.poll(async () => (await measure()).published, { timeout: 60_000 }).toBeGreaterThan(10 * MIB);
  const before = { held: (await measure()).held, nginx: balancer.rss };
  await stopped.ask("connect", balancer.port, "load", STOPPED);
  let [queued, held] = [0, 0];
  const look = async () => {
    const now = await measure();
    [queued, held] = [Math.max(queued, now.mostQueued), Math.max(held, now.held - before.held)];
    return now.stopped;
  };
  await expect.poll(look, { timeout: 120_000 }).toBeGreaterThanOrEqual(STOPPED);
  await load(0);
  const [grown, nginx] = [held, balancer.rss - before.nginx].map((bytes) => `${(bytes / MIB).toFixed(1)} MiB`);
  console.log(
    `${STOPPED} stopped readers behind nginx under ${(PER_SECOND * BYTES) / 1e6} MB/s: largest queue ${queued} bytes, ` +
      `${grown} more in use; nginx grew by ${nginx}`,
  );
  expect(queued).toBeLessThanOrEqual(16 * 1024 + EVENT);
  expect(held).toBeLessThanOrEqual(64 * MIB);
});

test("a quiet stream stays open while its heartbeat is quicker than the balancer's time-outs, and is cut where it is slower", async () => {
  const change = (text: string) =>
    text.replaceAll("timeout 60s", "timeout 2s").replaceAll(/(client|server) 60s/g, "$1 2s");
  const read = async (kind: BalancerKind, heartbeatMs: number) => {
    const { port } = await serve({ heartbeatMs });
    const { port: front } = await put(kind, [port, port], { change });
    return new Raw(front).send("GET /events?regions=load HTTP/1.1", "Host: localhost", "", "");
  };
  const both = (["nginx", "haproxy"] as const).map(async (kind) => {
    const [quick, slow] = [await read(kind, 250), await read(kind, 60_000)];
    expect(await slow.end()).toContain("retry: "); // or the other's being open tells nothing
    const beats = () => quick.text.split("\nid: ").length;
    await expect.poll(beats, { timeout: 20_000 }).toBeGreaterThan(10);
    quick.socket.destroy();
  });
  await Promise.all(both); // Caddy has no such time-out
});

/** Which protocol and address the server takes a visitor to have who comes from this one and claims to be another. */
function seen(front: Balancer): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = {
      rejectUnauthorized: false,
      localAddress: "127.0.0.2",
      headers: { "x-forwarded-for": "203.0.113.66", "x-forwarded-proto": "gopher" },
    };
    const asked = get(
      `${front.origin}/seen`,
      options,
      (answer) => void textOf(answer).then(JSON.parse).then(resolve, reject),
    );
    asked.on("error", reject);
  });
}

test.each<[BalancerKind, BalancerKind]>([
  ["haproxy", "nginx"],
  ["nginx", "caddy"],
  ["caddy", "haproxy"],
])("a visitor of %s, which is in front of %s, keeps address and protocol, whatever it claims", async (outer, inner) => {
  const seeing = {
    name: "seen",
    create: () => ({
      routes: (router: Router) =>
        void router.get("/seen", (ctx) => {
          ctx.body = [ctx.protocol, ctx.ip];
        }),
    }),
  };
  // As the documents say of the second.
  const change = (text: string) =>
    text
      .replace(/^.*(proxy_set_header|set-header) X-Forwarded-Proto.*$/m, "")
      .replace("lb_policy", "trusted_proxies 127.0.0.1\nlb_policy");
  const ways = [["127.0.0.1"], 2].map(async (trustProxy) => {
    const { port } = await serve({ features: [seeing], config: { trustProxy } });
    const second = await put(inner, [port, port], { change });
    const first = await put(outer, [second.port, second.port], { pair });
    return seen(first);
  });
  expect(await Promise.all(ways)).toEqual([
    ["https", "127.0.0.2"],
    ["https", "127.0.0.2"],
  ]);
});
