import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JsonText } from "../../src/engine/core/json.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { LmdbLog } from "../../src/engine/log/lmdb/lmdb-log.ts";
import type { Draft } from "../../src/engine/log/record.ts";
import { ROOT } from "../support/folders.ts";
import { seqs } from "./kept.ts";
import { Random } from "./random.ts";

const KILLS = process.env.LONG === "1" ? 200 : 25;
const SIDES = 64;
const SEED = 20_290_611;

const dir = mkdtempSync(join(tmpdir(), "brooklet-kill-"));
const data = join(dir, "data");
/** Built once, since it is started so often. */
const appender = join(dir, "appender.mjs");
beforeAll(async () => {
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  const entryPoints = [join(import.meta.dirname, "appender.ts")];
  await build({ entryPoints, outfile: appender, bundle: true, format: "esm", platform: "node", packages: "external" });
});
afterAll(() => rmSync(dir, { recursive: true }));

test(`nothing acknowledged is lost, doubled or shown too early over ${KILLS} kills`, {
  timeout: KILLS * 10_000, // for a machine that others use, too: nothing is proved by it
}, async () => {
  const random = new Random(SEED);
  const sum = { acknowledged: 0, lost: 0, duplicated: 0, halves: 0, ghosts: 0, ms: 0 };
  for (let round = 0; round < KILLS; round++) {
    // Some die in their first transaction.
    const told = await killed(round, round % 5 === 0 ? 0 : Math.ceil(random.next() * 5_000));
    const found = await check(round, told);
    sum.acknowledged += told.acknowledged.size;
    sum.ms += told.ms;
    for (const key of ["lost", "duplicated", "halves", "ghosts"] as const) sum[key] += found[key];
  }
  const rate = Math.round((1000 * sum.acknowledged) / sum.ms);
  console.log(
    `kill -9, ${KILLS} times, seed ${SEED}: acknowledged ${sum.acknowledged}, lost ${sum.lost}, ` +
      `duplicated ${sum.duplicated}, halves ${sum.halves}, ghosts ${sum.ghosts}; ` +
      `${rate} appends/s of 2 × 250 bytes with a key, ${SIDES} in flight`,
  );
  expect(sum).toMatchObject({ lost: 0, duplicated: 0, halves: 0, ghosts: 0 });
  expect(sum.acknowledged).toBeGreaterThan(1_000);
});

interface Told {
  /** Name to seq. */
  acknowledged: Map<string, number>;
  /** The id of an entry's data to its seq. */
  delivered: Map<string, number>;
  /** From the first acknowledgement to the kill. */
  ms: number;
}

/** Runs an appender, and kills it once it has acknowledged so many. */
async function killed(round: number, after: number): Promise<Told> {
  const child = spawn(process.execPath, [appender, "append", data, String(round)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const told: Told = { acknowledged: new Map(), delivered: new Map(), ms: 0 };
  let began: number | undefined;
  let rest = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!; // cut by the kill, or on its way
    for (const line of lines) {
      const [what, seq, name] = line.split(" ") as [string, string, string];
      if (what === "d") told.delivered.set(name, Number(seq));
      if (what !== "a") continue;
      began ??= performance.now();
      told.acknowledged.set(name, Number(seq));
    }
    if (told.acknowledged.size >= after && child.signalCode === null && !child.killed) {
      child.kill("SIGKILL");
      told.ms = began === undefined ? 0 : performance.now() - began;
    }
  }
  const [, signal] = await closed;
  expect(signal).toBe("SIGKILL");
  return told;
}

/** What a restart finds, before and after every publisher has tried again. */
async function check(round: number, { acknowledged, delivered }: Told) {
  const log = await LmdbLog.open({ dir: data });
  const topics = Array.from({ length: SIDES }, (_, side) => `kill/${round}-${side}`);
  let [lost, duplicated, halves] = [0, 0, 0];
  const before = await seqs(log, topics);
  const ghosts = [...delivered].filter(([id, seq]) => before.get(id)?.[0] !== seq).length;
  for (const [name, seq] of acknowledged) {
    if (before.get(`${name}-second`)?.[0] !== seq || before.get(`${name}-first`)?.[0] !== seq - 1) lost++;
  }
  for (const id of before.keys()) {
    if (!before.has(id.replace("first", "second")) || !before.has(id.replace("second", "first"))) halves++;
  }
  // Those that never got an answer may or may not be there; sent again with its key, each is there once.
  const names = new Set([...before.keys()].map((id) => id.replace(/-\w+$/, "")));
  for (let side = 0; side < SIDES; side++) {
    const mine = [...names].filter((name) => name.startsWith(`${round}-${side}-`)).length;
    for (const i of [mine - 1, mine]) if (i >= 0) names.add(`${round}-${side}-${i}`);
  }
  const retried: number[] = [];
  const again = [...names];
  while (again.length > 0) {
    const some = again.splice(0, 1_000); // more at once would be pushed back
    retried.push(...(await Promise.all(some.map((name) => log.append(drafts(name), key(name))))));
  }
  const after = await seqs(log, topics);
  for (const [index, name] of [...names].entries()) {
    const known = after.get(`${name}-second`);
    if (known?.length !== 1 || known[0] !== retried[index]) duplicated++;
  }
  await log.close();
  return { lost, duplicated, halves, ghosts };
}

function drafts(name: string): Draft[] {
  const topic = parseTopic(`kill/${name.split("-").slice(0, 2).join("-")}`);
  return ["first", "second"].map((half) => ({
    op: "publish",
    topic,
    json: JsonText.of({ id: `${name}-${half}`, text: "again" }),
    retain: 1_000_000,
  }));
}

function key(name: string) {
  return { key: { name, fingerprint: name } };
}
