/**
 * What it saves and costs that streams are compressed: bytes, CPU and memory of the server, and how long an event takes to the
 * last of its readers. Of the demo's board, with what its widgets show by themselves; of a list under full load; and of the same
 * list, slowly, with ten thousand readers. Prints each plain and compressed, and the ratio, as medians of turns: a machine that is
 * shared has better and worse moments. Exits non-zero if a reader that was watched missed or doubled anything.
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "../faults/child.ts";
import { median } from "../faults/healthy.ts";
import type { Measure } from "../faults/served.ts";
import { freePort } from "../support/port.ts";
import { templates } from "../support/server.ts";
import { cpuUs } from "./cpu.ts";
import { Crowd, deliveries, MARK, READERS, WARM_UP } from "./deliveries.ts";

const TURNS = 3;
/** So many readers unpack what they are sent, and are written to last. */
const WATCHED = 10;
const [BOARD_MS, SLOW_READERS, SLOW_EVENTS, SLOW_MS] = [30_000, 10_000, 20, 500];

/** For each delivery; and the memory of each reader, where it was measured. */
interface Cost {
  readonly bytes: number;
  readonly us: number;
  /** To the last of the readers, for each event; none where nobody looked. */
  readonly ms: number;
  readonly memory: number;
}

const readers = fork(join(import.meta.dirname, "readers.ts"), { execArgv: process.execArgv });

/** What the server has done so far. */
async function figures(server: Child, metricsPort: number) {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)![1]);
  const [made, bytes] = [figure("brooklet_deliveries_total"), figure("brooklet_stream_bytes_total")];
  return { made, bytes, us: cpuUs([server.process.pid!]) };
}

type Figures = Awaited<ReturnType<typeof figures>>;

function between(before: Figures, after: Figures, ms: readonly number[] = [], memory = Number.NaN): Cost {
  const made = after.made - before.made;
  return { bytes: (after.bytes - before.bytes) / made, us: (after.us - before.us) / made, ms: median(ms), memory };
}

async function board(gzip: boolean): Promise<Cost> {
  const [dir, metricsPort] = [mkdtempSync(join(tmpdir(), "brooklet-bench-")), await freePort()];
  const env = { PORT: "0", DATA_DIR: dir, METRICS_PORT: String(metricsPort) };
  const server = new Child("dist/index.js", [], env);
  const [, at] = await server.said(/^Brooklet is at http:\/\/localhost:(\d+), /m);
  const port = Number(at);
  const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
  const path = /sse-connect="([^"]*)"/.exec(page)![1]!.replaceAll("&amp;", "&");
  const crowd = new Crowd(readers);
  await crowd.open({ ports: [port], path, readers: READERS, gzip, watched: 0, areHere: true });
  await passed(BOARD_MS / 2); // until those who have come are sent the same
  const before = await figures(server, metricsPort);
  await passed(BOARD_MS);
  const cost = between(before, await figures(server, metricsPort));
  crowd.leave();
  await server.kill();
  rmSync(dir, { recursive: true, force: true });
  return cost;
}

const views = templates({
  "widgets/bench.eta": '---\nkind: log\nkeep: 50\n---\n<li id="<%= id %>"><b>Someone</b> <%= data.text %></li>',
});
const LIST = "/events?regions=bench";
const WORDS =
  "a page that is alive shows what was published to it as soon as it is there and so does every other page that is open in whatever browser for the server renders it once and sends the same bytes to all of them".split(
    " ",
  );

/** Of some 250 bytes, no two the same. */
function sentence(): string {
  const words = Array.from({ length: 48 }, () => WORDS[Math.floor(Math.random() * WORDS.length)]);
  return `${MARK} ${words.join(" ")}.`;
}

async function list(run: (server: Child, port: number, metricsPort: number) => Promise<Cost>): Promise<Cost> {
  const server = new Child("test/faults/served.ts", [views]);
  const cost = await run(server, await server.ask("port"), await server.ask("metricsPort"));
  await server.kill();
  return cost;
}

const full = (gzip: boolean) =>
  list(async (server, port, metricsPort) => {
    let [published, before] = [0, await figures(server, metricsPort)];
    const publish = async () => {
      if (published++ === WARM_UP) before = await figures(server, metricsPort);
      void server.ask("say", "bench", sentence());
    };
    await deliveries(readers, { ports: [port], path: LIST, gzip, watched: WATCHED }, publish);
    return between(before, await figures(server, metricsPort));
  });

const slow = (gzip: boolean) =>
  list(async (server, port, metricsPort) => {
    const held = async () => (await server.ask<Measure>("measure")).held;
    const crowd = new Crowd(readers);
    const publish = async (topic: string) => {
      const [before, began] = [crowd.through, performance.now()];
      await server.ask("say", topic, sentence());
      await crowd.until(before + 1);
      return performance.now() - began;
    };
    const ask = { ports: [port], watched: WATCHED, gzip };
    await crowd.open({ ...ask, path: `${LIST}/warm`, readers: WATCHED });
    for (let i = 0; i < WARM_UP; i++) await publish("bench/warm");
    const alone = await held();
    await crowd.open({ ...ask, path: LIST, readers: SLOW_READERS });
    const ms: number[] = [];
    const before = await figures(server, metricsPort);
    for (let i = 0; i < SLOW_EVENTS; i++) {
      const [took] = await Promise.all([publish("bench"), passed(SLOW_MS)]);
      ms.push(took);
    }
    const cost = between(before, await figures(server, metricsPort), ms, ((await held()) - alone) / SLOW_READERS);
    crowd.leave();
    return cost;
  });

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const what = {
  bytes: "bytes a delivery",
  us: "µs of CPU a delivery",
  ms: "ms to the last reader",
  memory: "bytes of memory a reader",
} as const;
const loads = { board, full, slow };
const asked = process.argv.slice(2);
try {
  for (const [name, load] of Object.entries(loads)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const pairs: { plain: Cost; gzip: Cost }[] = [];
    for (let turn = 0; turn < TURNS; turn++) pairs.push({ plain: await load(false), gzip: await load(true) });
    for (const [key, says] of Object.entries(what) as [keyof Cost, string][]) {
      const of = (side: "plain" | "gzip") => median(pairs.map((pair) => pair[side][key]));
      if (Number.isNaN(of("plain"))) continue;
      const ratio = median(pairs.map(({ plain, gzip }) => gzip[key] / plain[key]));
      console.log(
        `${name.padEnd(6)} ${says.padEnd(25)} ${of("plain").toFixed(2)} plain, ${of("gzip").toFixed(2)} compressed; ratio ${ratio.toFixed(2)}`,
      );
    }
  }
} finally {
  readers.disconnect();
}
