import { describe, expect, test, vi } from "vitest";
import { JsonText } from "../../../../src/engine/core/json.ts";
import { Problem } from "../../../../src/engine/core/problem.ts";
import { type Disk, LmdbLog } from "../../../../src/engine/log/lmdb/lmdb-log.ts";
import type { Entry } from "../../../../src/engine/log/record.ts";
import type { Transaction } from "../../../../src/engine/log/transaction.ts";
import { feed, put, shown, useLmdb } from "../../../support/logs.ts";
import { SmallDisk } from "../../../support/small-disk.ts";

const logs = useLmdb();

test("pushes publishers back when more is in flight than the disk can take", async () => {
  const log = await logs.open(logs.folder());
  const outcomes = Array.from({ length: 10_001 }, (_, i) => log.append([put(i)]));
  const last = outcomes.pop()!;
  await expect(last).rejects.toMatchObject({ status: 429, code: "log_busy", headers: { "Retry-After": "1" } });
  expect(await Promise.all(outcomes)).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
  expect(await log.append([put(0)])).toBe(10_001);
});

test("waits for what is in flight when it is closed, and takes nothing more", async () => {
  const dir = logs.folder();
  const log = await logs.open(dir);
  const appends = Array.from({ length: 100 }, (_, i) => log.append([put(i, 1)]));
  const closed = logs.close(log);
  await expect(log.append([put(0)])).rejects.toMatchObject({ status: 503, code: "log_failed" });
  await Promise.all(appends);
  await closed;
  expect(shown(await (await logs.open(dir)).read(feed))).toEqual([99]);
});

describe("an lmdb log whose disk", () => {
  /** A disk that does as it is told. */
  class FakeDisk implements Disk {
    id = "fake";
    secret = "fake";
    head = 0;
    forgottenTo = 0;
    commits: Commit[] = [];
    readonly topic = () => undefined;
    readonly answer = () => undefined;
    readonly queues = new Map();
    readonly oldest = () => [];
    readonly close = async () => {};
    commit({ entries }: Transaction): Promise<void> {
      let commit!: Commit;
      const done = new Promise<void>((resolve, reject) => {
        commit = { resolve, reject, values: entries.length };
      });
      this.commits.push(commit);
      return done;
    }
    async asked(times: number): Promise<void> {
      while (this.commits.length < times) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  interface Commit {
    resolve: () => void;
    reject: (error: Problem) => void;
    values: number;
  }
  const full = new Problem(507, "log_full", "Full.");
  const unknown = new Problem(503, "outcome_unknown", "Who knows?");

  test("has not flushed yet delivers nothing and acknowledges nothing", async () => {
    const disk = new FakeDisk();
    const log = new LmdbLog(disk);
    const happened: string[] = [];
    await log.follow((entries) => happened.push(`delivered ${entries.map(({ seq }) => seq)}`));
    const appends = [1, 2].map((i) => log.append([put(i)]).then((seq) => happened.push(`acknowledged ${seq}`)));
    await disk.asked(1);
    expect(happened).toEqual([]);
    disk.commits[0]!.resolve();
    await Promise.all(appends);
    expect(happened).toEqual(["delivered 1,2", "acknowledged 1", "acknowledged 2"]);
    expect(disk.commits.length).toBe(1);
  });

  test("is asked once for all publishers who go on as they are answered, though they come one by one", async () => {
    const disk = new FakeDisk();
    const log = new LmdbLog(disk);
    const publish = async (turns: number) => {
      await log.append([put(1)]);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await log.append([put(2)]);
    };
    const published = Promise.all([1, 3].map(publish));
    for (const times of [1, 2]) {
      await disk.asked(times);
      expect(disk.commits.at(-1)!.values).toBe(2);
      disk.commits.at(-1)!.resolve();
    }
    await published;
  });

  test("is full refuses those appends, and takes the next", async () => {
    const disk = new FakeDisk();
    const log = new LmdbLog(disk);
    const followed: Entry[] = [];
    await log.follow((entries) => followed.push(...entries));
    const refused = log.append([put(1)]);
    await disk.asked(1);
    const taken = log.append([put(2)]);
    disk.commits[0]!.reject(full);
    await expect(refused).rejects.toBe(full);
    await disk.asked(2);
    disk.commits[1]!.resolve();
    expect(await taken).toBe(1);
    expect(followed).toMatchObject([{ seq: 1, json: JsonText.of(2) }]);
  });

  test("fails says that the outcome is not known, and takes nothing more", async () => {
    const disk = new FakeDisk();
    const log = new LmdbLog(disk);
    const followed: Entry[] = [];
    await log.follow((entries) => followed.push(...entries));
    const lost = log.append([put(1)]);
    await disk.asked(1);
    const waiting = log.append([put(2)]);
    disk.commits[0]!.reject(unknown);
    await expect(lost).rejects.toMatchObject({ status: 503, code: "outcome_unknown" });
    await expect(waiting).rejects.toMatchObject({ status: 503, code: "log_failed" });
    await expect(log.append([put(3)])).rejects.toMatchObject({ status: 503, code: "log_failed" });
    expect((await log.read(feed)).values.size).toBe(0);
    expect(followed).toEqual([]);
    expect(disk.commits.length).toBe(1);
  });
});

// The refusal itself is proved above, without the right to mount.
test("says 507 on a full disk, has appended nothing, and recovers when there is room", async ({ skip }) => {
  const dir = logs.folder();
  const disk = SmallDisk.mount(dir, 4);
  if (typeof disk === "string") return skip(disk);
  vi.spyOn(console, "error").mockImplementation(() => {}); // lmdb prints each commit that fails
  try {
    const log = await logs.open(dir);
    const followed: Entry[] = [];
    await log.follow((entries) => followed.push(...entries));
    disk.fill(1_000_000);
    const large = "x".repeat(200_000);
    const outcomes: string[] = [];
    for (let i = 0; i < 40; i++) {
      outcomes.push(
        await log.append([put(`${i}${large}`, 100)]).then(String, ({ status, code }) => `${status} ${code}`),
      );
    }
    const taken = outcomes.filter((outcome) => !outcome.includes("log_full"));
    expect(taken).toEqual(taken.map((_, i) => String(i + 1)));
    expect(outcomes.slice(taken.length)).toEqual(outcomes.slice(taken.length).map(() => "507 log_full"));
    expect(taken.length).toBeGreaterThan(3);
    expect(taken.length).toBeLessThan(40);
    expect((await log.read(feed)).values.size).toBe(taken.length);
    expect(followed.length).toBe(taken.length);

    disk.makeRoom();
    expect(await log.append([put(`more${large}`, 100)])).toBe(taken.length + 1);
    const before = await log.read(feed);
    await logs.close(log);
    const again = await logs.open(dir);
    expect(await again.read(feed)).toEqual(before);
    await logs.close(again);
  } finally {
    await logs.closeAll();
    disk.unmount();
    vi.restoreAllMocks();
  }
});
