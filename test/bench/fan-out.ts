/**
 * How many deliveries a second the server makes to a thousand readers, beside the plainest server that could make them: a
 * loop over `res.write(string)`, which keeps nothing, bounds nothing and promises nothing. Prints a line for each, and the
 * ratio. Exits non-zero if a reader missed or doubled anything.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseTopic } from "../../src/topic.ts";
import { start, templates } from "../support/server.ts";
import type { Ask, Tell } from "./readers.ts";

const READERS = 1_000;
const IN_FLIGHT = 16;
const WARM_UP = 200;
const TURNS = 3;
const MAX_PUBLISHES = 5_000;
const MAX_MS = 3_000;
/** No wait for readers is longer than this: something would be lost. */
const STUCK_MS = 20_000;
const MARK = "@mark@";
/** Sixteen of them stay under the 16 KiB at which a reader counts as slow: this measures fan-out, not catching up. */
const PAYLOAD = `${MARK}${"x".repeat(300)}`;

/** @returns deliveries a second, with never more than so many publishes under way that not every reader has */
async function measure(
  readers: ChildProcess,
  ask: Pick<Ask, "port" | "path">,
  publish: () => unknown,
): Promise<number> {
  let [published, through, seen] = [0, 0, 0];
  let moved = () => {};
  const listen = (tell: Tell) => {
    if ("through" in tell) ({ through, seen } = tell);
    moved();
  };
  /** Resolves at the next word from the readers. */
  const move = () =>
    new Promise<void>((resolve, reject) => {
      const stuck = setTimeout(() => reject(new Error(`all readers have ${through} of ${published}`)), STUCK_MS);
      moved = () => {
        clearTimeout(stuck);
        resolve();
      };
    });
  const run = async (more: () => boolean) => {
    while (more()) {
      if (published - through >= IN_FLIGHT) await move();
      else {
        published++;
        await publish();
      }
    }
    while (through < published) await move();
  };

  readers.on("message", listen);
  readers.send({ ...ask, readers: READERS, mark: MARK } satisfies Ask);
  await move();
  await run(() => published < WARM_UP);
  const began = performance.now();
  await run(() => published < WARM_UP + MAX_PUBLISHES && performance.now() - began < MAX_MS);
  const seconds = (performance.now() - began) / 1_000;
  readers.off("message", listen);
  if (seen !== published * READERS)
    throw new Error(`${seen} deliveries of ${published} publishes to ${READERS} readers`);
  return ((published - WARM_UP) * READERS) / seconds;
}

async function brooklet(readers: ChildProcess): Promise<number> {
  const topic = parseTopic("bench");
  const views = templates({
    "widgets/bench.eta": '---\nkind: log\nkeep: 50\n---\n<li id="<%= id %>"><%= data %></li>',
  });
  const server = await start({ views });
  const failed = (error: unknown) => {
    throw error;
  };
  // Not awaited: the readers tell when the next one may go, as beside it.
  const publish = () => void server.broker.publish([{ topic, data: PAYLOAD }]).catch(failed);
  const rate = await measure(readers, { port: server.port, path: "/events?regions=bench" }, publish);
  await server.close();
  return rate;
}

async function plain(readers: ChildProcess): Promise<number> {
  const streams = new Set<ServerResponse>();
  const server = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
    response.write("retry: 500\n\n");
    streams.add(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  let id = 0;
  const publish = () => {
    const html = `<hx-partial hx-target="#bench" hx-swap="beforeend"><li id="bench_${++id}">${PAYLOAD}</li></hx-partial>`;
    for (const stream of streams) stream.write(`id: ${id}\ndata: ${html}\n\n`);
  };
  const rate = await measure(readers, { port: (server.address() as AddressInfo).port, path: "/" }, publish);
  server.closeAllConnections();
  server.close();
  return rate;
}

const readers = fork(join(import.meta.dirname, "readers.ts"), { execArgv: process.execArgv });
const show = (name: string, rate: number) => console.log(`${name.padEnd(10)} ${Math.round(rate)} deliveries a second`);
try {
  // In turns, since a machine that is shared has better and worse moments.
  const rates = { plain: 0, brooklet: 0 };
  for (let turn = 0; turn < TURNS; turn++) {
    rates.plain += (await plain(readers)) / TURNS;
    rates.brooklet += (await brooklet(readers)) / TURNS;
  }
  show("res.write", rates.plain);
  show("brooklet", rates.brooklet);
  const ratio = (rates.brooklet / rates.plain).toFixed(2);
  console.log(`ratio      ${ratio} (${READERS} readers, ${IN_FLIGHT} publishes in flight, ${PAYLOAD.length} bytes)`);
} finally {
  readers.disconnect();
}
