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
import { parseTopic } from "../../src/engine/core/topic.ts";
import { start, templates } from "../support/server.ts";
import { deliveries, IN_FLIGHT, PAYLOAD, READERS } from "./deliveries.ts";

const TURNS = 3;

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
  const rate = await deliveries(readers, { ports: [server.port], path: "/events?regions=bench" }, publish);
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
  const { port } = server.address() as AddressInfo;
  let id = 0;
  const publish = () => {
    const html = `<hx-partial id=bench hx-swap=beforeend><li id="bench_${++id}">${PAYLOAD}</li></hx-partial>`;
    for (const stream of streams) stream.write(`id: ${id}\ndata: ${html}\n\n`);
  };
  const rate = await deliveries(readers, { ports: [port], path: "/" }, publish);
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
