/**
 * What a publish costs the built server, which has it on the disk before it answers, beside a plain Koa that parses the same body,
 * and keeps nothing: over 64 connections with one in flight on each, over one, and over one with sixteen ahead. Prints the CPU of
 * each for one request, and how many were answered a second, with the ratios; in turns, since a machine that is shared has better
 * and worse moments.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { median } from "../faults/healthy.ts";
import { startBuilt } from "./built.ts";
import { cpuUs } from "./cpu.ts";
import { PAYLOAD } from "./deliveries.ts";
import { Publisher } from "./publisher.ts";

const TURNS = 3;
/** How many connections, with how many requests in flight on each, and how many requests in a turn. */
const LOADS = [
  { connections: 64, inFlight: 1, requests: 10_000 },
  { connections: 1, inFlight: 1, requests: 500 },
  { connections: 1, inFlight: 16, requests: 3_000 },
];
const BODY = JSON.stringify({ text: PAYLOAD });

interface Cost {
  readonly us: number;
  readonly aSecond: number;
}

async function cost(
  pid: number,
  publishers: readonly Publisher[],
  { inFlight, requests }: (typeof LOADS)[number],
): Promise<Cost> {
  const [before, began] = [cpuUs([pid]), performance.now()];
  let left = requests;
  const publish = async (publisher: Publisher) => {
    while (left-- > 0) await publisher.publish("bench", BODY);
  };
  await Promise.all(publishers.flatMap((one) => Array.from({ length: inFlight }, () => publish(one))));
  return { us: (cpuUs([pid]) - before) / requests, aSecond: (1_000 * requests) / (performance.now() - began) };
}

const flags = process.argv.slice(2); // of the server's node, such as --cpu-prof
const server = await startBuilt(
  { "widgets/bench.eta": '---\nkind: log\nkeep: 50\n---\n<li id="<%= id %>"><%= data.text %></li>' },
  flags,
);
const koa = fork(join(import.meta.dirname, "plain-koa-posts.ts"), { execArgv: process.execArgv });
const [koaPort] = (await once(koa, "message")) as [number];
try {
  for (const load of LOADS) {
    const connect = (port: number) => Array.from({ length: load.connections }, () => new Publisher(port));
    const [own, plain] = [connect(server.port), connect(koaPort)];
    const turns: { own: Cost; plain: Cost }[] = [];
    for (let turn = 0; turn <= TURNS; turn++) {
      const of = { own: await cost(server.process.pid!, own, load), plain: await cost(koa.pid!, plain, load) };
      if (turn > 0) turns.push(of); // the first is until what is compiled is compiled
    }
    const us = (of: "own" | "plain") => Math.round(median(turns.map((turn) => turn[of].us)));
    const aSecond = (of: "own" | "plain") => Math.round(median(turns.map((turn) => turn[of].aSecond)));
    const cpu = median(turns.map(({ own, plain }) => plain.us / own.us)).toFixed(2);
    const rate = median(turns.map(({ own, plain }) => own.aSecond / plain.aSecond)).toFixed(2);
    console.log(
      `${String(load.connections).padStart(2)} × ${String(load.inFlight).padStart(2)} in flight: ` +
        `${us("own")} µs of CPU a publish, a plain Koa ${us("plain")} µs, ratio ${cpu}; ` +
        `${aSecond("own")} a second, a plain Koa ${aSecond("plain")}, ratio ${rate}`,
    );
    for (const publisher of [...own, ...plain]) publisher.end();
  }
} finally {
  koa.disconnect();
  await server.stop();
}
