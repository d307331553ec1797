import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Log } from "../../src/log/log.ts";
import type { Draft, Entry, TopicRecord } from "../../src/log/record.ts";
import { parseItem, parseTopic } from "../../src/topic.ts";

const feed = parseTopic("feed");
const price = parseTopic("price");
const put = (data: number, retain = 3): Draft => ({ op: "publish", topic: feed, data, retain });
const name = (item: string, data: number): Draft => ({ ...put(data), item: parseItem(item) }) as Draft;
const shown = (record: TopicRecord) => [...record.values.values()].map(({ data }) => data);

/** What every log promises. @param open an empty log */
export function logContract(kind: string, open: () => Promise<Log>): void {
  describe(`a ${kind} log`, () => {
    let log: Log;
    let followed: Entry[];
    beforeEach(async () => {
      log = await open();
      followed = [];
      await log.follow((entries) => followed.push(...entries));
    });
    afterEach(() => log.close());

    test("delivers what is appended, in order, each once, with ascending seqs and its time", async () => {
      const before = Date.now();
      const seqs = [await log.append([put(1)]), await log.append([put(2), put(3)]), await log.append([put(4)])];
      await delivered(4);
      expect(followed.map((entry) => entry.op === "publish" && entry.data)).toEqual([1, 2, 3, 4]);
      expect(followed.map(({ seq }) => seq)).toEqual([...followed.map(({ seq }) => seq)].sort((a, b) => a - b));
      expect([followed[0]!.seq, followed[2]!.seq, followed[3]!.seq]).toEqual(seqs);
      expect(followed[0]!.at).toBeGreaterThanOrEqual(before);
    });

    test("keeps the order of many that are appended at once", async () => {
      const seqs = await Promise.all(Array.from({ length: 200 }, (_, i) => log.append([put(i)])));
      await delivered(200);
      expect(followed.map(({ seq }) => seq)).toEqual(seqs.sort((a, b) => a - b));
    });

    test("retains the newest values of a topic, and says what each birth evicted", async () => {
      for (let i = 1; i <= 5; i++) await log.append([put(i)]);
      const { values } = await log.read(feed);
      expect([...values.values()].map(({ data }) => data)).toEqual([3, 4, 5]);
      expect([...values.values()].map(({ evicted }) => evicted.length)).toEqual([0, 1, 1]);
      expect([...values.keys()]).toEqual([...values.values()].map(({ born }) => String(born)));
    });

    test("puts a named item's newer value in the older one's place", async () => {
      await log.append([name("a", 1), name("b", 2), name("a", 3)]);
      const { values, disturbed, seq } = await log.read(feed);
      expect([...values].map(([key, { data }]) => [key, data])).toEqual([
        ["=a", 3],
        ["=b", 2],
      ]);
      expect(values.get("=a")!.seq).toBeGreaterThan(values.get("=b")!.seq);
      expect(values.get("=a")!.born).toBeLessThan(values.get("=b")!.born);
      expect(disturbed).toBe(seq);
    });

    test("removes an item; removing one that is not there changes nothing", async () => {
      await log.append([name("a", 1), name("b", 2)]);
      await log.append([{ op: "remove", topic: feed, item: parseItem("a") }]);
      const after = await log.read(feed);
      await log.append([{ op: "remove", topic: feed, item: parseItem("zzz") }]);
      expect(shown(after)).toEqual([2]);
      expect(await log.read(feed)).toEqual(after);
    });

    test("clears one topic and no other", async () => {
      await log.append([put(1), { op: "publish", topic: price, data: 7, retain: 1 }]);
      await log.append([{ op: "clear", topic: feed }]);
      expect(shown(await log.read(feed))).toEqual([]);
      expect(shown(await log.read(price))).toEqual([7]);
    });

    test("remembers an end and a notice until the next publish", async () => {
      await log.append([put(1), { op: "stale", topic: feed, reason: "gone" }, { op: "end", topic: feed }]);
      const { ended, stale } = await log.read(feed);
      expect(ended).toBeGreaterThan(0);
      expect(stale?.reason).toBe("gone");
      await log.append([put(2)]);
      expect(await log.read(feed)).toMatchObject({ ended: 0, stale: null });
    });

    test("gives out copies: what is read does not change", async () => {
      await log.append([put(1)]);
      const record = await log.read(feed);
      await log.append([put(2)]);
      expect(shown(record)).toEqual([1]);
    });

    test("knows nothing of a topic that was never published", async () => {
      expect(await log.read(price)).toEqual({ seq: 0, disturbed: 0, ended: 0, stale: null, values: new Map() });
    });

    test("names itself in letters and digits", () => {
      expect(log.id).toMatch(/^[a-z0-9]{1,16}$/);
    });

    async function delivered(count: number): Promise<void> {
      while (followed.length < count) await new Promise((resolve) => setImmediate(resolve));
    }
  });
}
