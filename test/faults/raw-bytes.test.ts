import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/browser.ts";
import { copyProject } from "../support/folders.ts";
import { selfSigned } from "../support/server.ts";
import { Child } from "./child.ts";
import { othersOf } from "./earnest-requests.ts";
import type { Probe, Route } from "./probed.ts";
import { send, type Target } from "./raw-sender.ts";
import { Witnesses } from "./witnesses.ts";

const LONG = process.env.LONG === "1";
const SEED = Number(process.env.SEED ?? 20_290_611);
const REQUESTS = LONG ? 2_000_000 : 200_000;
/** Before anything is measured: what is compiled is compiled, and what is kept for a while is kept. */
const WARM_UP = 10_000;
const VISITORS = 8;
const MIB = 1024 * 1024;
const MOST_MIB = 64;
/** Of CPU: a pattern that goes back and forth over all that may be sent takes many seconds, a collection on a busy machine a quarter of one. */
const MOST_HELD_MS = 1_000;

interface Server extends Target {
  readonly child: Child;
  readonly witnesses: Witnesses;
  /** How many it has. */
  readonly routes: number;
}

const dirs: string[] = [];
const children: Child[] = [];
let servers: Server[] = [];
beforeAll(async () => {
  const { cert, key } = selfSigned();
  servers = [await serverOf({}), await serverOf({ TLS_CERT: cert, TLS_KEY: key })];
});
afterAll(async () => {
  for (const child of children) await child.kill();
  for (const dir of dirs) rmSync(dir, { recursive: true });
});

async function serverOf(tls: Record<string, string>): Promise<Server> {
  const dir = copyProject();
  const env = {
    PORT: "0",
    DATA_DIR: join(dir, "data"),
    MOCK: "on",
    MOCK_TTFT_MS: "0",
    MOCK_TOKENS_PER_SECOND: "1000",
    ...tls,
  };
  const child = new Child("test/faults/probed.ts", [join(dir, "src/index.ts")], env);
  dirs.push(dir);
  children.push(child);
  const [, scheme, port] = await child.said(/^Brooklet is at (https?):\/\/localhost:(\d+)\b.*\n/);
  const witnesses = new Witnesses(`${scheme}://127.0.0.1:${port}`);
  await witnesses.begin();
  const routes = await child.ask<Route[]>("routes");
  const others = othersOf(routes);
  const newSender = async () => ({ cookie: await witnesses.newCookie(), others });
  const senders = await Promise.all(Array.from({ length: VISITORS }, newSender));
  return { child, port: Number(port), secure: scheme === "https", witnesses, senders, routes: routes.length };
}

test(`${REQUESTS} requests of raw bytes: nothing dies, nothing goes unhandled, nobody beside notices, nothing is kept`, {
  timeout: LONG ? 7_200_000 : 900_000,
}, async () => {
  await send(servers, SEED - WARM_UP, WARM_UP);
  const before = await Promise.all(servers.map(calm));

  const tally = await send(servers, SEED, REQUESTS);
  const after = await Promise.all(servers.map((server, i) => back(server, before[i]!.held + MOST_MIB * MIB)));
  const beside = await Promise.all(servers.map(({ witnesses }) => witnesses.end()));

  const died = servers.filter(({ child }) => !child.alive).length;
  const unhandled = servers.map(({ child }) => child.err);
  const grown = after.map(({ held }, i) => (held - before[i]!.held) / MIB);
  const statuses = [...tally.statuses].sort().map(([status, count]) => `${status} ${count}`);
  const sum = (of: (one: (typeof beside)[number]) => number) => beside.reduce((all, one) => all + of(one), 0);
  console.log(
    `raw bytes, seed ${SEED}: ${tally.requests} requests over ${servers[0]!.routes} routes, on ${tally.connections} connections, plain and TLS; ` +
      `answered over HTTP/1 ${tally.answers} (${statuses.join(", ")}); died ${died}, unhandled ${unhandled.filter((said) => said !== "").length}, ` +
      `stuck ${tally.stuck.length}, cut short ${tally.short.length}; beside it ${sum(({ torn }) => torn)} of 4 streams missed any of ` +
      `${sum(({ published }) => published)} values, the mock was right ${sum(({ mock }) => mock)} times, the chat ${sum(({ chats }) => chats)}; ` +
      `memory ${grown.map((mib) => `${mib.toFixed(1)} MiB`).join(" and ")} more once all had gone, ` +
      `event loop held for ${after.map(({ loop }) => `${loop.ms.toFixed(0)} ms`).join(" and ")} of CPU at most`,
  );
  expect(died).toBe(0);
  expect(unhandled).toEqual(["", ""]);
  expect(tally).toMatchObject({ stuck: [], short: [], leaks: [] });
  expect(beside.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(beside.map(({ torn }) => torn)).toEqual([0, 0]);
  for (const mib of grown) expect(mib).toBeLessThanOrEqual(MOST_MIB);
  for (const { loop } of after) expect(loop.ms, loop.requests.join("\n")).toBeLessThanOrEqual(MOST_HELD_MS);
});

/** How a server is once nobody reads a stream there but the witnesses. */
async function calm({ child, witnesses }: Server): Promise<Probe> {
  if (!child.alive) throw new Error(`the server has died: ${child.err}`);
  await eventually(
    () => witnesses.streams(),
    (streams) => streams === 2,
    60_000,
  );
  return child.ask<Probe>("probe");
}

/** The same, once it holds no more than that: what was asked for is kept for some seconds, in case that it is asked for again. */
async function back(server: Server, most: number): Promise<Probe> {
  const { loop, ...first } = await calm(server);
  const now = await eventually(
    () => server.child.ask<Probe>("probe"),
    ({ held }) => held <= most,
    90_000,
  ).catch(() => first);
  return { ...now, loop };
}
