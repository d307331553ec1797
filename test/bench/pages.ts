/**
 * What a load of a page costs the server as it is built, beside a plain Koa that sends as many bytes of one text: of a page with ten
 * widgets that have values, and of the gallery. Prints the CPU of each a load, and the ratio of loads for the same CPU; in turns, since
 * a machine that is shared has better and worse moments.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "../faults/child.ts";
import { ROOT, writeFiles } from "../support/folders.ts";
import { cpuUs } from "./cpu.ts";

const [TURNS, LOADS, AT_ONCE] = [3, 5_000, 16];
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

const names = Array.from({ length: 10 }, (_, i) => `bench-${i}`);
const folder = mkdtempSync(join(tmpdir(), "brooklet-bench-"));
for (const name of ["views/layout.eta", "public"]) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
writeFiles(folder, {
  ...Object.fromEntries(names.map((name) => [`views/widgets/${name}.eta`, "<p><%= data.text %></p>"])),
  ...Object.fromEntries(names.map((name) => [`views/widgets/${name}.samples.json`, '{"a": {"data": {"text": "b"}}}'])),
  "views/pages/bench.eta": names.map((name) => `<section><h2>${name}</h2><%~ live("${name}") %></section>`).join("\n"),
});

/** @returns how many bytes the page has */
const load = (port: number, path: string) =>
  new Promise<number>((resolve, reject) => {
    get({ port, path, agent, host: "127.0.0.1" }, (res) => {
      let bytes = 0;
      res.on("data", (data: Buffer) => {
        bytes += data.length;
      });
      res.on("end", () => (res.statusCode === 200 ? resolve(bytes) : reject(new Error(`${path}: ${res.statusCode}`))));
    }).on("error", reject);
  });

/** @returns what a load costs the process, in microseconds of CPU */
async function costOf({ pid }: Pick<ChildProcess, "pid">, port: number, path: string): Promise<number> {
  const before = cpuUs([pid!]);
  let left = LOADS;
  const loads = async () => {
    while (left-- > 0) await load(port, path);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, loads));
  return (cpuUs([pid!]) - before) / LOADS;
}

const token = "the-token-of-the-bench-publishes";
const server = new Child("dist/command.js", ["start", folder], { PORT: "0", LOG_URL: "memory:", PUBLISH_TOKEN: token });
const [, at] = await server.said(/^Brooklet is at http:\/\/localhost:(\d+), /m);
const port = Number(at);
for (const name of names) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ text: "x".repeat(1_000) });
  const { status } = await fetch(`http://127.0.0.1:${port}/publish/${name}`, { method: "POST", headers, body });
  if (status >= 300) throw new Error(`publishing to ${name}: ${status}`);
}
for (const path of ["/bench", "/widgets"]) {
  const plain = fork(join(import.meta.dirname, "plain-koa.ts"), { execArgv: process.execArgv });
  const bytes = await load(port, path);
  plain.send(bytes);
  const [plainPort] = (await once(plain, "message")) as [number];
  const costs = { brooklet: 0, plain: 0 };
  for (let turn = 0; turn <= TURNS; turn++) {
    const [own, other] = [await costOf(server.process, port, path), await costOf(plain, plainPort, "/")];
    if (turn === 0) continue; // until what is compiled is compiled
    costs.brooklet += own / TURNS;
    costs.plain += other / TURNS;
  }
  const [own, other] = [Math.round(costs.brooklet), Math.round(costs.plain)];
  console.log(
    `${path.padEnd(9)} ${bytes} bytes: ${own} µs of CPU a load, a plain Koa ${other} µs; ratio ${(costs.plain / costs.brooklet).toFixed(2)}`,
  );
  plain.disconnect();
}
agent.destroy();
await server.kill();
rmSync(folder, { recursive: true, force: true });
