import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { LmdbLog } from "../../src/engine/log/lmdb/lmdb-log.ts";
import { copyProject } from "../support/folders.ts";
import { Raw } from "../support/raw.ts";
import { atMost } from "./at-most.ts";
import { Child } from "./child.ts";

const READERS = process.env.LONG === "1" ? 2_000 : 200;
const PUBLISHERS = 16;
const DRAIN_SECONDS = 3;

let dir: string;
let program: Child;
beforeEach(() => {
  dir = copyProject();
});
afterEach(async () => {
  await program.kill();
  rmSync(dir, { recursive: true });
});

/** The program as its operator starts it. @returns its port */
async function start(drainSeconds: number): Promise<number> {
  const env = { PORT: "0", DATA_DIR: join(dir, "data"), DRAIN_SECONDS: String(drainSeconds) };
  program = new Child(join(dir, "src/index.ts"), [], env, dir);
  const [, port] = await program.said(/^Brooklet is at http:\/\/localhost:(\d+), /m);
  return Number(port);
}

async function read(port: number): Promise<Raw> {
  const reader = new Raw(port).send("GET /events?regions=feed HTTP/1.1", "Host: localhost", "", "");
  await reader.until("id: ");
  return reader;
}

/** Publishes one number after the other under its own name, until the program takes no more. */
class Publisher {
  acknowledged = 0;
  tried = 0;
  readonly answers = new Set<string>();
  readonly item: string;

  constructor(item: string) {
    this.item = item;
  }

  async run(port: number): Promise<void> {
    const headers = { "content-type": "application/json" };
    const url = `http://127.0.0.1:${port}/publish/feed?item=${this.item}`;
    for (;;) {
      const body = JSON.stringify(++this.tried);
      const answer = await fetch(url, { method: "POST", headers, body }).catch(() => undefined);
      if (answer === undefined) return; // the connection was refused, or closed before it was used again
      const { code = "taken" } = (await answer.json()) as { code?: string };
      this.answers.add(code);
      if (answer.status !== 201) return;
      this.acknowledged = this.tried;
    }
  }
}

test("on SIGTERM what is in flight is finished, nothing new begins, and the streams end spread over the window", async () => {
  const port = await start(DRAIN_SECONDS);
  const readers = await Promise.all(Array.from({ length: READERS }, () => read(port)));
  const ended: number[] = [];
  for (const { socket } of readers) socket.on("close", () => ended.push(performance.now()));
  const publishers = Array.from({ length: PUBLISHERS }, (_, i) => new Publisher(`p${i}`));
  const running = Promise.all(publishers.map((publisher) => publisher.run(port)));
  // One has sent half of what it publishes.
  const slow = new Raw(port).send("POST /publish/feed?item=slow HTTP/1.1", "Host: localhost");
  slow.send("", "Content-Type: application/json", "Content-Length: 6", "Expect: 100-continue", "", "");
  await slow.until("100 Continue");
  slow.send('"ha');
  await expect.poll(() => publishers.every(({ acknowledged }) => acknowledged > 10), { timeout: 30_000 }).toBe(true);

  const signalled = performance.now();
  program.process.kill("SIGTERM");
  await once(readers[0]!.socket, "close");
  const refused = connect(port, "127.0.0.1");
  const [{ code }] = await once(refused, "error");
  expect(code).toBe("ECONNREFUSED");
  slow.send('lf"');
  expect(await slow.until("}")).toMatch(/HTTP\/1\.1 201 .*"topic":"feed"/s);
  // Its connection was kept for more, of which nothing comes now.
  slow.send("POST /publish/feed?item=late HTTP/1.1", "Host: localhost");
  slow.send("", "Content-Type: application/json", "Content-Length: 6", "", '"late"');

  const exitCode = await program.exit();
  const took = (performance.now() - signalled) / 1000;
  await running;
  for (const reader of readers) expect(await reader.end()).toMatch(/\n\n$/); // no event is cut
  const tenths = new Array<number>(10).fill(0);
  const [first] = ended as [number];
  for (const at of ended) tenths[Math.min(9, Math.floor((at - first) / (DRAIN_SECONDS * 100)))]!++;
  const spread = (ended.at(-1)! - first) / 1000;

  const late = (await slow.end()).split(" 201 ").length - 2;

  const log = await LmdbLog.open({ dir: join(dir, "data") });
  const { values } = await log.read(parseTopic("feed"));
  await log.close();
  const lost = publishers.filter(
    ({ item, acknowledged }) => !(Number(values.get(`=${item}`)?.json.value) >= acknowledged),
  );
  const acknowledged = publishers.reduce((sum, publisher) => sum + publisher.acknowledged, 0);
  console.log(
    `drain of ${DRAIN_SECONDS} s: ${READERS} streams ended over ${spread.toFixed(2)} s, by tenths ${tenths.join(" ")}; ` +
      `${acknowledged} publishes acknowledged, lost ${lost.length}, ` +
      `begun after the signal and taken ${late}; exit ${exitCode} after ${took.toFixed(2)} s`,
  );
  expect(exitCode).toBe(0);
  expect(program.err).toBe("");
  expect(lost).toEqual([]);
  expect(values.get("=slow")?.json.value).toBe("half");
  // Who comes over a connection that was kept, after the signal, is told to go elsewhere.
  expect(publishers.flatMap(({ answers }) => [...answers]).filter((code) => !/^taken$|^draining$/.test(code))).toEqual(
    [],
  );
  expect(late).toBe(0);
  expect(values.has("=late")).toBe(false);
  expect(Math.max(...tenths)).toBeLessThanOrEqual(READERS / 2);
  expect(took).toBeLessThanOrEqual(atMost(DRAIN_SECONDS));
});

test("with nobody there it does not wait", async () => {
  await start(600); // longer than this test may take
  const signalled = performance.now();
  program.process.kill("SIGTERM");
  expect(await program.exit()).toBe(0);
  const took = performance.now() - signalled;
  console.log(`drain of 600 s with no streams: gone after ${took.toFixed(0)} ms`);
});

test("a second signal ends it at once", async () => {
  const port = await start(600);
  const [first, second] = [await read(port), await read(port)];
  program.process.kill("SIGTERM");
  await first.end();
  const signalled = performance.now();
  program.process.kill("SIGTERM");
  expect(await program.exit()).toBe(1);
  await second.end();
  const took = performance.now() - signalled;
  console.log(`a second signal while it drains: gone after ${took.toFixed(0)} ms`);
});
