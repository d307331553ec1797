import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test, vi } from "vitest";
import { JsonText } from "../../src/engine/core/json.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { LmdbLog } from "../../src/engine/log/lmdb/lmdb-log.ts";
import type { Log } from "../../src/engine/log/log.ts";
import { MemoryLog } from "../../src/engine/log/memory.ts";
import type { Draft } from "../../src/engine/log/record.ts";
import { RedisLog } from "../../src/engine/log/redis/redis-log.ts";
import { Program } from "../support/program.ts";
import { TestRedis } from "../support/redis.ts";

const MOST = process.env.LONG === "1" ? 20_000 : 5_000;
const AT_ONCE = 250;
/** How many each of a hundred topics holds. */
const VALUES = 10;
/** What a topic shows: as much as a short quote, or a short line of a talk. */
const json = JsonText.of({ symbol: "ACME", price: 101.2, text: "x".repeat(100) });

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const done of cleanUp.splice(0).reverse()) await done();
});

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-without-end-"));
  cleanUp.push(() => rmSync(dir, { recursive: true }));
  return dir;
}

interface Kind {
  log: Log;
  /** What it takes up, in bytes. */
  size: () => Promise<number>;
}

const kinds: Record<string, () => Promise<Kind>> = {
  memory: async () => {
    const size = async () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    return { log: new MemoryLog(), size };
  },
  lmdb: async () => {
    const dir = folder();
    return { log: await LmdbLog.open({ dir }), size: async () => statSync(join(dir, "data.mdb")).size };
  },
  redis: async () => {
    const redis = await TestRedis.start();
    cleanUp.push(() => redis.stop());
    const used = async () => Number(/^used_memory:(\d+)/m.exec(await redis.cli("info", "memory"))![1]);
    const { url } = redis;
    return { log: await RedisLog.open({ url: new URL(url), report: () => {} }), size: used };
  },
};

/** Publishes to so many topics of a family that nobody has seen before, or with so many new keys. */
async function flood(log: Log, count: number, from: number, kind: "topics" | "keys"): Promise<void> {
  for (let i = from; i < from + count; i += AT_ONCE) {
    const names = Array.from({ length: AT_ONCE }, (_, k) => String(i + k));
    await Promise.all(
      names.map((name) => {
        const topic = parseTopic(kind === "topics" ? `price/${name}` : "price");
        const draft: Draft = { op: "publish", topic, json, retain: 1, bounds: { maxAgeMs: 600_000, maxCount: MOST } };
        const key = { name: `3b241101-e2bb-4255-8caf-4136c566a${name.padStart(3, "0")}`, fingerprint: "f".repeat(43) };
        return log.append([draft], kind === "keys" ? { key } : {});
      }),
    );
  }
}

test.each(Object.keys(kinds))(
  "a %s log keeps as many topics of a family as there may be, and no more",
  async (name) => {
    const { log, size } = await kinds[name]!();
    cleanUp.push(() => log.close());
    const sizes = [await size()];
    await flood(log, MOST, 0, "keys");
    sizes.push(await size());
    for (const time of [0, 1, 2]) {
      await flood(log, MOST, time * MOST, "topics");
      sizes.push(await size());
    }
    let kept = 0;
    for (let i = 0; i < 3 * MOST; i++) kept += (await log.read(parseTopic(`price/${i}`))).values.size;
    const each = sizes.slice(1).map((bytes, i) => Math.round((bytes - sizes[i]!) / MOST));
    console.log(
      `without end, ${name}: ${each[0]} B for each of ${MOST} keys, ${each[1]} for each of as many topics, ` +
        `${each[2]} and ${each[3]} for each of twice as many more; ${kept} kept`,
    );
    expect(kept).toBe(MOST);
  },
  300_000,
);

/** Reads a stream until each of its topics has shown so many values. */
async function seen(origin: string, topics: readonly string[], values: number): Promise<void> {
  const leave = new AbortController();
  const { body } = await fetch(`${origin}/events?as=json&regions=${topics.join()}`, {
    headers: { accept: "text/event-stream" },
    signal: leave.signal,
  });
  const left = new Map(topics.map((topic) => [topic, values]));
  for await (const text of body!.pipeThrough(new TextDecoderStream())) {
    for (const [, topic] of text.matchAll(/^event: (.*)$/gm)) {
      const more = (left.get(topic!) ?? 0) - 1;
      if (more > 0) left.set(topic!, more);
      else left.delete(topic!);
    }
    if (left.size === 0) break;
  }
  leave.abort();
}

test("what a killed server's sources have published to a hundred topics goes ten minutes later", async () => {
  const source = `import { every } from "brooklet";\nlet n = 0;\nexport default () => every(50, () => ++n);\n`;
  const widget = `---\nhistory: ${VALUES - 1}\n---\n<b><%= data %></b>`;
  const program = new Program({ "widgets/own.eta": widget }, { sources: { "own.ts": source } });
  cleanUp.push(() => program.dispose());
  await program.start();
  const topics = Array.from({ length: 100 }, (_, i) => parseTopic(`own/${i}`));
  for (const from of [0, 50]) await seen(program.origin, topics.slice(from, from + 50), VALUES);
  await program.stop("SIGKILL");

  const dir = program.dataDir;
  const log = await LmdbLog.open({ dir });
  cleanUp.push(() => log.close());
  const held = async () => {
    const records = await Promise.all(topics.map((topic) => log.read(topic)));
    return records.reduce((sum, { values }) => sum + values.size, 0);
  };
  const before = await held();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 599_000 - 60_000 });
  while (await log.sweep());
  const young = await held();
  vi.setSystemTime(Date.now() + 120_000);
  while (await log.sweep());
  const after = await held();
  console.log(
    `without end: ${before} values of 100 topics after kill -9, ${young} nine minutes later, ${after} after ten`,
  );
  expect([before, young, after]).toEqual([topics.length * VALUES, before, 0]);
}, 120_000);
