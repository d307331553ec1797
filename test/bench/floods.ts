/**
 * How much healthy readers notice of a flood: of a thousand clients that never finish their request, and of two hundred
 * connections a second that come and go. In turns with the same server and no flood. Prints the p99 of values' ages for each,
 * and exits non-zero where one moves by more than a fifth, and by more than 5 ms.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Child } from "../faults/child.ts";
import { Healthy, median, p99 } from "../faults/healthy.ts";
import { templates } from "../support/server.ts";

const PAIRS = 7;
const READERS = 20;
const [PER_SECOND, BYTES] = [50, 1_000];
/** Ages of values that make up a round. */
const ROUND = 2_000;
const [MOST, SMALL_MS] = [1.2, 5];

const item = '<li id="<%= id %>"><%= data.text %><i data-sent="<%= data.sent %>"></i></li>\n';
const views = templates({ "widgets/load.eta": `---\nkind: log\nkeep: 10\n---\n${item}` });
const server = new Child("test/faults/served.ts", [views]);
const flooder = fork(join(import.meta.dirname, "flooder.ts"), { execArgv: process.execArgv });

try {
  const port = await server.ask<number>("port");
  const healthy = new Healthy(port, "load", READERS);
  await server.ask("load", ["load"], PER_SECOND, BYTES);
  await healthy.ages(2 * ROUND); // until what is compiled is compiled
  for (const kind of ["slow clients", "connections"] as const) {
    const [alone, among]: [number[], number[]] = [[], []];
    for (let pair = 0; pair < PAIRS; pair++) {
      alone.push(p99(await healthy.ages(ROUND)));
      flooder.send({ port, kind });
      among.push(p99(await healthy.ages(ROUND)));
      await stop(flooder);
    }
    const [without, within] = [median(alone), median(among)];
    const moved = within > MOST * without && within - without > SMALL_MS;
    console.log(
      `${kind.padEnd(12)} p99 of ${READERS} healthy readers ${without.toFixed(1)} ms without and ${within.toFixed(1)} ms ` +
        `with them (medians of ${PAIRS} pairs)${moved ? ": TOO MUCH" : ""}`,
    );
    if (moved) process.exitCode = 1;
  }
  healthy.leave();
} finally {
  flooder.disconnect();
  await server.kill();
}

async function stop(one: ChildProcess): Promise<void> {
  const stopped = once(one, "message");
  one.send("stop");
  await stopped;
}
