import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, cpSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { open as openFile } from "lmdb";
import { describe, expect, test, vi } from "vitest";
import { JsonText } from "../../../../src/engine/core/json.ts";
import { parseItem, parseTopic } from "../../../../src/engine/core/topic.ts";
import { valueFrom } from "../../../../src/engine/log/lmdb/layout.ts";
import { LmdbLog } from "../../../../src/engine/log/lmdb/lmdb-log.ts";
import type { Draft, Entry } from "../../../../src/engine/log/record.ts";
import { feed, price, put, shown, useLmdb } from "../../../support/logs.ts";
import { logContract } from "../contract.ts";

const logs = useLmdb();

logContract("lmdb", () => LmdbLog.open({ dir: logs.folder() }));

describe("an lmdb log that is opened again", () => {
  test("has its name, its head, its records and its keys", async () => {
    const dir = logs.folder();
    const first = await logs.open(dir);
    const key = { name: "k", fingerprint: "a hash" };
    for (let i = 0; i < 5; i++) await first.append([put({ i, text: "ü\u2028\ud800" })]);
    await first.append([{ op: "publish", topic: feed, json: JsonText.of("named"), retain: 3, item: parseItem("a") }]);
    await first.append([{ op: "publish", topic: price, json: JsonText.of(1.5), retain: 1 }]);
    await first.append([{ op: "stale", topic: price, reason: "gone" }]);
    await first.append([{ op: "end", topic: price }]);
    const head = await first.append([put(6)], { key });
    const [before, quote] = [await first.read(feed), await first.read(price)];
    expect(before.lastRewrite).toBe(0);
    expect(quote).toMatchObject({ stale: { reason: "gone" }, ended: head - 1, lastRewrite: head - 2 });
    await logs.close(first);

    const again = await logs.open(dir);
    expect(again.id).toBe(first.id);
    expect(again.secret).toBe(first.secret);
    expect(await again.read(feed)).toEqual(before);
    expect([...(await again.read(feed)).values.keys()]).toEqual([...before.values.keys()]);
    expect(await again.read(price)).toEqual(quote);
    expect(await again.follow(() => {})).toBe(head);
    expect(await again.append([put(6)], { key })).toBe(head);
    expect(await again.append([put(7)])).toBe(head + 1);
    expect(shown(await again.read(feed))).toEqual(["named", 6, 7]);
  });

  test("reads what was written before values were kept as the text that was published", () => {
    const about = { key: "=a", seq: 2, at: 3, evicted: ["7"] };
    const value = valueFrom(JSON.stringify({ ...about, born: 1, data: { price: 1.5, name: "ü\n" } }));
    expect(value).toEqual({ ...about, createdSeq: 1, json: new JsonText('{"price":1.5,"name":"ü\\n"}') });
  });

  test("has what was forgotten, too", async () => {
    const dir = logs.folder();
    const first = await logs.open(dir);
    await first.append([put(1)]);
    const cleared = await first.append([{ op: "clear", topic: feed }]);
    await logs.close(first);
    const again = await logs.open(dir);
    expect(await again.read(feed)).toMatchObject({ seq: cleared, lastRewrite: cleared });
  });

  test("has what goes by age or number in its place", async () => {
    const dir = logs.folder();
    const birth = (name: string): Draft => {
      const topic = parseTopic(`price/${name}`);
      return { op: "publish", topic, json: JsonText.of(name), retain: 1, bounds: { maxAgeMs: 100_000, maxCount: 3 } };
    };
    const first = await logs.open(dir);
    for (const name of ["a", "b", "c"]) await first.append([birth(name)]);
    await logs.close(first);
    const again = await logs.open(dir);
    const told: Entry[] = [];
    await again.follow((entries) => told.push(...entries));
    await again.append([birth("d")]);
    expect(told).toMatchObject([{ op: "publish" }, { op: "clear", topic: "price/a" }]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 100_000 });
    expect(await again.sweep()).toBe(false);
    vi.useRealTimers();
    expect(told.slice(2).map(({ op, topic }) => `${op} ${topic}`)).toEqual(
      ["b", "c", "d"].map((n) => `clear price/${n}`),
    );
  });

  test("has what an older version has written, which goes from then on", async () => {
    const dir = logs.folder();
    await logs.close(await logs.open(dir));
    const day = 24 * 60 * 60 * 1000;
    const now = Date.now();
    const db = openFile({ path: dir, encoding: "string", noSubdir: false });
    const record = { seq: 1, disturbed: 0, ended: 0, stale: null, at: now - 29 * day };
    const value = { key: "1", born: 1, seq: 1, at: record.at, data: "old", evicted: [] };
    for (const topic of ["price/OLD", "price"]) {
      await db.put(["topic", topic], JSON.stringify(record));
      await db.put(["value", topic, 1], JSON.stringify(value));
    }
    await db.put(["topic", "feed/blank"], JSON.stringify({ ...record, seq: 2, disturbed: 2 }));
    await db.put(["key", "k"], JSON.stringify({ fingerprint: "a hash", seq: 3, at: now - 1 }));
    await db.put(["expiry", now - 1, "key", "k"], "");
    await db.put(["head"], JSON.stringify({ head: 3, forgottenTo: 0, at: now }));
    await db.close();

    const log = await logs.open(dir);
    expect(shown(await log.read(parseTopic("price/OLD")))).toEqual(["old"]);
    expect(await log.read(price)).toMatchObject({ seq: 1, lastValueChange: 1 });
    expect(await log.read(parseTopic("feed/blank"))).toMatchObject({ seq: 2, lastValueChange: 0 });
    expect(await log.append([put(1)], { key: { name: "k", fingerprint: "a hash" } })).toBe(3);
    vi.useFakeTimers({ toFake: ["Date"], now: now + day });
    while (await log.sweep());
    expect(shown(await log.read(parseTopic("price/OLD")))).toEqual([]);
    expect(shown(await log.read(price))).toEqual(["old"]);
    expect((await log.read(parseTopic("feed/never"))).seq).toBe(2); // which is where feed/blank was forgotten
    expect(await log.append([put(1)], { key: { name: "k", fingerprint: "a hash" } })).toBeGreaterThan(3);
    vi.useRealTimers();
  });

  test("has another name if its folder was emptied or is a copy", async () => {
    const [dir, copy] = [logs.folder(), logs.folder()];
    const first = await logs.open(dir);
    await first.append([put(1)]);
    await logs.close(first);
    cpSync(dir, copy, { recursive: true });
    const restored = await logs.open(copy);
    expect(restored.id).not.toBe(first.id);
    expect(restored.secret).toBe(first.secret);
    expect(shown(await restored.read(feed))).toEqual([1]);
    rmSync(dir, { recursive: true });
    const anew = await logs.open(dir);
    expect(anew.id).not.toBe(first.id);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });
});

test("an lmdb log has another name if its file was overwritten with an older one, whatever time that says it is of", async () => {
  const dir = logs.folder();
  const [data, backup] = [join(dir, "data.mdb"), join(logs.folder(), "backup")];
  const ago = Date.now() - 3_600_000;
  vi.useFakeTimers({ toFake: ["Date"], now: ago });
  const first = await logs.open(dir);
  await first.append([put(1)]);
  await logs.close(first);
  vi.useRealTimers();
  copyFileSync(data, backup);
  const lost = await logs.open(dir);
  await lost.append([put(2)]);
  await logs.close(lost);
  copyFileSync(backup, data);
  utimesSync(data, ago / 1000, ago / 1000);
  const restored = await logs.open(dir);
  expect([first.id, lost.id]).not.toContain(restored.id);
  expect(shown(await restored.read(feed))).toEqual([1]);
});

describe("the folder of an lmdb log", () => {
  const takeIt = [join(import.meta.dirname, "../../../faults/appender.ts"), "hold"];

  test("is one process's: another one is told which variable to change", async () => {
    const dir = logs.folder();
    const holder = spawn(process.execPath, ["--import", "tsx", ...takeIt, dir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(holder.stdout, "data");
    await expect(LmdbLog.open({ dir })).rejects.toThrow(
      new RegExp(
        `^DATA_DIR .* is in use by another Brooklet, process ${holder.pid}: .* or set another DATA_DIR for this one`,
      ),
    );
    holder.kill("SIGKILL");
    await once(holder, "close");
    const log = await logs.open(dir); // a killed process leaves no lock behind
    await expect(LmdbLog.open({ dir })).rejects.toThrow(/^DATA_DIR .* is in use/);
    expect(await log.append([put(1)])).toBe(1);
  });

  test("is named, with the fix, if it cannot be written", async () => {
    const file = join(logs.folder(), "file");
    writeFileSync(file, "");
    for (const dir of [join(file, "data"), "/proc/brooklet/data"]) {
      await expect(LmdbLog.open({ dir })).rejects.toThrow(/^DATA_DIR .* cannot be used: .* Make it a folder/);
    }
    await expect(LmdbLog.open({ dir: file })).rejects.toThrow(/^DATA_DIR .* cannot be used: /);
  });
});

test("a log of a newer version is refused, and left as it is", async () => {
  const dir = logs.folder();
  await logs.close(await logs.open(dir));
  const db = openFile<string>({ path: dir, encoding: "string", noSubdir: false });
  await db.put(["about"], JSON.stringify({ ...JSON.parse(db.get(["about"])!), format: 2 }));
  await db.close();
  const newer = /was written by a newer version of Brooklet\. Start that one, or set another DATA_DIR\.$/;
  await expect(LmdbLog.open({ dir })).rejects.toThrow(newer);
  await expect(LmdbLog.open({ dir })).rejects.toThrow(newer);
  rmSync(dir, { recursive: true });
});
