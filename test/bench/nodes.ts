/**
 * What one, two and three nodes on one Redis do, all of it on the cores of this machine: publishes a second, each
 * acknowledged, and deliveries a second to a thousand readers that are spread over the nodes, with the CPU that one takes of the
 * nodes and Redis: what a further core would bring. Prints a line for each number of nodes, with ratios to one node in the same
 * run, and what a publish costs Redis. Exits non-zero if a reader missed or doubled anything, or if a publish failed.
 */
import { fork } from "node:child_process";
import { rmSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { ENTRIES } from "../../src/engine/log/redis/script.ts";
import { Child } from "../faults/child.ts";
import { copyProject } from "../support/folders.ts";
import { Raw } from "../support/raw.ts";
import { TestRedis } from "../support/redis.ts";
import { cpuUs } from "./cpu.ts";
import { deliveries, IN_FLIGHT, PAYLOAD, READERS, WARM_UP } from "./deliveries.ts";
import { Publisher } from "./publisher.ts";

const MOST = 3;
const TURNS = 2;
/** How many are published at once, over all nodes. */
const PUBLISHERS = 48;
const WARM_UP_MS = 1_000;
const MS = 3_000;

const readers = fork(join(import.meta.dirname, "readers.ts"), { execArgv: process.execArgv });
const project = copyProject();
const redis = await TestRedis.start(["--appendonly", "yes", "--appendfsync", "always"]);
let nodes: Child[] = [];
// A publish that fails ends all this at once, and must not leave them behind.
process.once("exit", () => nodes.map((node) => node.process.kill("SIGKILL")));
let turns = 0;

/** @returns the ports of so many nodes, each a process of its own */
async function start(count: number): Promise<number[]> {
  const index = join(project, "src/index.ts");
  nodes = Array.from({ length: count }, () => new Child(index, [], { LOG_URL: redis.url, PORT: "0" }, project));
  const said = await Promise.all(nodes.map((node) => node.said(/^Brooklet is at http:\/\/localhost:(\d+), /m)));
  return said.map(([, port]) => Number(port));
}

async function stop(): Promise<void> {
  await Promise.all(nodes.splice(0).map((node) => node.kill()));
}

/** What Redis has done since it was started. */
async function spent() {
  const info = await redis.cli("info", "everything");
  const read = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)![1]);
  return {
    commands: read("total_commands_processed"),
    in: read("total_net_input_bytes"),
    out: read("total_net_output_bytes"),
    cpu: read("used_cpu_user") + read("used_cpu_sys"),
  };
}

type Spent = Awaited<ReturnType<typeof spent>>;

/** @returns publishes a second, and what each has cost Redis */
async function publishes(ports: readonly number[]): Promise<{ rate: number; each: Spent }> {
  const topic = `feed/p${++turns}`;
  const publishers = Array.from({ length: PUBLISHERS }, (_, i) => new Publisher(ports[i % ports.length]!));
  const run = async (ms: number) => {
    let count = 0;
    const until = performance.now() + ms;
    const publish = async (publisher: Publisher) => {
      for (; performance.now() < until; count++) await publisher.publish(topic);
    };
    await Promise.all(publishers.map(publish));
    return count;
  };
  await run(WARM_UP_MS);
  const [before, began] = [await spent(), performance.now()];
  const count = await run(MS);
  const rate = (1_000 * count) / (performance.now() - began);
  const after = await spent();
  for (const publisher of publishers) publisher.end();
  const each = (of: keyof Spent) => (after[of] - before[of]) / count;
  return { rate, each: { commands: each("commands"), in: each("in"), out: each("out"), cpu: each("cpu") } };
}

/** @returns deliveries a second, and the µs of CPU that each takes of the nodes and Redis together */
async function delivered(ports: readonly number[]): Promise<{ rate: number; cpu: number }> {
  const topic = `feed/d${++turns}`;
  const publishers = Array.from({ length: IN_FLIGHT }, (_, i) => new Publisher(ports[i % ports.length]!));
  const pids = [redis.pid, ...nodes.map((node) => node.process.pid!)];
  let [next, before] = [0, 0];
  const failed = (error: unknown) => {
    throw error;
  };
  const publish = () => {
    if (next === WARM_UP) before = cpuUs(pids);
    void publishers[next++ % IN_FLIGHT]!.publish(topic).catch(failed);
  };
  const ask = { ports, path: `/events?regions=${topic}` };
  const rate = await deliveries(readers, ask, publish);
  for (const publisher of publishers) publisher.end();
  return { rate, cpu: (cpuUs(pids) - before) / (READERS * (next - WARM_UP)) };
}

/** What one publish is on a stream. */
async function eventBytes(port: number): Promise<number> {
  const topic = `feed/e${++turns}`;
  const publisher = new Publisher(port);
  await publisher.publish(topic); // what ends the waiting is another event
  const reader = new Raw(port).send(`GET /events?regions=${topic} HTTP/1.1`, "Host: localhost", "", "");
  await reader.until("</li>");
  reader.text = "";
  await publisher.publish(topic);
  const { length } = await reader.until("\n\n");
  reader.socket.destroy();
  publisher.end();
  return length;
}

let wire = 0;
const sums = Array.from({ length: MOST }, () => ({
  publishes: 0,
  deliveries: 0,
  cpu: 0,
  each: undefined as Spent | undefined,
}));
console.log(`load average before: ${loadavg()[0]!.toFixed(1)}, ${availableParallelism()} cores`);
try {
  // In turns, since a machine that is shared has better and worse moments.
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, sum] of sums.entries()) {
      const ports = await start(i + 1);
      const { rate, each } = await publishes(ports);
      sum.publishes += rate / TURNS;
      const made = await delivered(ports);
      sum.deliveries += made.rate / TURNS;
      sum.cpu += made.cpu / TURNS;
      sum.each = each;
      wire = await eventBytes(ports[0]!);
      await stop();
    }
  }
  const [one] = sums as [(typeof sums)[0]];
  for (const [i, { publishes, deliveries, cpu, each }] of sums.entries()) {
    const [ofPublishes, ofDeliveries] = [publishes / one.publishes, deliveries / one.deliveries];
    console.log(
      `${i + 1} ${i === 0 ? "node " : "nodes"}  ${Math.round(publishes)} publishes a second (${ofPublishes.toFixed(2)}), ` +
        `${Math.round(deliveries)} deliveries a second (${ofDeliveries.toFixed(2)}) of ${cpu.toFixed(2)} µs each; Redis, for a publish: ` +
        `${each!.commands.toFixed(2)} commands, ${Math.round(each!.in)} bytes in, ${Math.round(each!.out)} out, ${Math.round(1e6 * each!.cpu)} µs`,
    );
  }
  const kept = Number(await redis.cli("memory", "usage", ENTRIES)) / Number(await redis.cli("xlen", ENTRIES));
  console.log(
    `a value of ${PAYLOAD.length} bytes is an event of ${wire} on the wire, and ${Math.round(kept)} in Redis; ` +
      `${READERS} readers, ${PUBLISHERS} publishers`,
  );
} finally {
  readers.disconnect();
  await stop();
  await redis.stop();
  rmSync(project, { recursive: true });
}
