import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Json } from "../../../src/engine/core/json.ts";
import { JsonText } from "../../../src/engine/core/json.ts";
import { Problem } from "../../../src/engine/core/problem.ts";
import { parseItem, parseTopic } from "../../../src/engine/core/topic.ts";
import type { Expectation, Log } from "../../../src/engine/log/log.ts";
import { type Draft, type Entry, emptyRecord, versionOf } from "../../../src/engine/log/record.ts";
import { feed, price, put, shown } from "../../support/logs.ts";

const name = (item: string, data: number): Draft => ({ ...put(data), item: parseItem(item) }) as Draft;
const clear: Draft = { op: "clear", topic: feed };
const key = (name: string, fingerprint = "a hash") => ({ key: { name, fingerprint } });
const DAY = 24 * 60 * 60 * 1000;

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
    afterEach(async () => {
      vi.useRealTimers();
      await log.close();
    });

    test("delivers what is appended, in order, each once, with ascending seqs and its time", async () => {
      const before = Date.now();
      const seqs = [await log.append([put(1)]), await log.append([put(2), put(3)]), await log.append([put(4)])];
      await delivered(4);
      expect(followed.map((entry) => entry.op === "publish" && entry.json.value)).toEqual([1, 2, 3, 4]);
      expect(followed.map(({ seq }) => seq)).toEqual([...followed.map(({ seq }) => seq)].sort((a, b) => a - b));
      expect([followed[0]!.seq, followed[2]!.seq, followed[3]!.seq]).toEqual(seqs);
      expect(followed[0]!.at).toBeGreaterThanOrEqual(before);
    });

    test("has a secret of its own, of 256 random bits", async () => {
      expect(log.secret).toMatch(/^[\w-]{43}$/);
      expect(log.secret).not.toContain(log.id);
    });

    test("keeps the order of many that are appended at once", async () => {
      const seqs = await Promise.all(Array.from({ length: 200 }, (_, i) => log.append([put(i)])));
      await delivered(200);
      expect(followed.map(({ seq }) => seq)).toEqual(seqs.sort((a, b) => a - b));
    });

    test("retains the newest values of a topic, and says what each birth evicted", async () => {
      for (let i = 1; i <= 5; i++) await log.append([put(i)]);
      const { values } = await log.read(feed);
      expect([...values.values()].map(({ json }) => json.value)).toEqual([3, 4, 5]);
      expect([...values.values()].map(({ evicted }) => evicted.length)).toEqual([0, 1, 1]);
      expect([...values.keys()]).toEqual([...values.values()].map(({ createdSeq }) => String(createdSeq)));
    });

    test("puts a named item's newer value in the older one's place", async () => {
      await log.append([name("a", 1), name("b", 2), name("a", 3)]);
      const { values, lastRewrite, seq } = await log.read(feed);
      expect([...values].map(([key, { json }]) => [key, json.value])).toEqual([
        ["=a", 3],
        ["=b", 2],
      ]);
      expect(values.get("=a")!.seq).toBeGreaterThan(values.get("=b")!.seq);
      expect(values.get("=a")!.createdSeq).toBeLessThan(values.get("=b")!.createdSeq);
      expect(lastRewrite).toBe(seq);
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
      await log.append([put(1), { op: "publish", topic: price, json: JsonText.of(7), retain: 1 }]);
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

    describe("that is asked to say that nothing new has come for a second", () => {
      const quiet = (topic = feed, quietMs = 1_000): Draft => ({ op: "stale", topic, reason: "", quietMs });
      const confirm: Draft = { op: "touch", topic: feed, confirms: true };
      const start = Date.UTC(2030, 0, 1);
      const stale = async () => (await log.read(feed)).stale;

      test("says so once, when that is so by its own clock, and since when; the next publish takes it back", async () => {
        at(0);
        await log.append([put(1)]);
        at(999);
        await log.append([quiet()]);
        expect(await stale()).toBe(null);
        at(1_000);
        const marked = await log.append([quiet(), quiet()]);
        expect(await stale()).toEqual({ since: start, reason: "", quietMs: 1_000 });
        expect(await log.append([quiet()])).toBe(marked);
        await log.append([put(2)]);
        await delivered(3);
        expect(followed.map(({ op }) => op)).toEqual(["publish", "stale", "publish"]);
        expect(await log.read(feed)).toMatchObject({ stale: null, confirmedAt: start + 1_000 });
      });

      test("counts from when the value was last confirmed, which takes the notice back, too, and changes no value", async () => {
        at(0);
        await log.append([put(1)]);
        const before = await log.read(feed);
        at(900);
        await log.append([confirm]);
        expect(await log.read(feed)).toEqual({ ...before, confirmedAt: start + 900 });
        at(1_899);
        await log.append([quiet()]);
        expect(await stale()).toBe(null);
        at(1_900);
        await log.append([quiet()]);
        expect(await stale()).toMatchObject({ since: start + 900 });
        const seq = await log.append([confirm]);
        const after = await log.read(feed);
        expect(after).toEqual({ ...before, seq, lastRewrite: seq, confirmedAt: start + 1_900 });
        expect(versionOf(log.id, after)).toBe(versionOf(log.id, before));
        const expected = { topic: feed, versions: [versionOf(log.id, before)] };
        expect(await log.append([put(2)], { expect: expected })).toBe(seq + 1);
      });

      test("says nothing of a topic that holds nothing, or has ended, or says why nothing comes; an end takes it back", async () => {
        at(0);
        const [ended, told, marked] = ["ended", "told", "marked"].map((name) => parseTopic(`price/${name}`)) as [
          typeof feed,
          typeof feed,
          typeof feed,
        ];
        const one = (topic: typeof feed): Draft => ({ op: "publish", topic, json: JsonText.of(1), retain: 1 });
        await log.append([put(1), clear, one(ended), one(told), one(marked)]);
        await log.append([
          { op: "end", topic: ended },
          { op: "stale", topic: told, reason: "gone" },
          { op: "touch", topic: price, confirms: true },
        ]);
        at(5_000);
        const head = await log.append([quiet(), quiet(ended), quiet(told), quiet(price), quiet(marked)]);
        await delivered(9);
        expect(followed.at(-1)).toMatchObject({ seq: head, op: "stale", topic: marked });
        for (const topic of [feed, ended, price]) expect((await log.read(topic)).stale).toBe(null);
        expect((await log.read(told)).stale).toEqual({ since: start, reason: "gone" });
        const values = (await log.read(marked)).lastValueChange;
        const seq = await log.append([{ op: "end", topic: marked }]);
        expect(await log.read(marked)).toMatchObject({ stale: null, ended: seq, seq, lastValueChange: values });
      });

      test("says so again of a longer quiet, and of none that is shorter", async () => {
        at(0);
        await log.append([put(1)]);
        at(60_000);
        await log.append([quiet(), quiet(feed, 500), quiet(feed, 60_000), quiet(feed, 60_001)]);
        expect(await stale()).toEqual({ since: start, reason: "", quietMs: 60_000 });
        await delivered(3);
      });
    });

    test("gives out copies: what is read does not change", async () => {
      await log.append([put(1)]);
      const record = await log.read(feed);
      await log.append([put(2)]);
      expect(shown(record)).toEqual([1]);
    });

    test("knows nothing of a topic that was never published", async () => {
      expect(await log.read(price)).toEqual(emptyRecord());
    });

    test("names itself in letters and digits", () => {
      expect(log.id).toMatch(/^[a-z0-9]{1,16}$/);
    });

    test("appends what was given to it, whatever its publisher does with that afterwards", async () => {
      const data = ["before"];
      const appended = log.append([{ op: "publish", topic: feed, json: JsonText.of(data), retain: 1 }]);
      data.push("after");
      await appended;
      await delivered(1);
      data.push("long after");
      expect(shown(await log.read(feed))).toEqual([["before"]]);
      expect(followed).toMatchObject([{ json: JsonText.of(["before"]) }]);
    });

    test("appends nothing for an empty list", async () => {
      const seq = await log.append([put(1)]);
      expect(await log.append([])).toBe(seq);
    });

    describe("with an idempotency key", () => {
      test("appends once, however often it is sent again, and gives the first answer", async () => {
        const first = await log.append([put(1), put(2)], key("k"));
        await log.append([put(3)]);
        expect(await log.append([put(1), put(2)], key("k"))).toBe(first);
        expect(await log.append([put(1), put(2)], key("k"))).toBe(first);
        expect(shown(await log.read(feed))).toEqual([1, 2, 3]);
        await delivered(3);
        await log.append([put(4)]);
        await delivered(4);
        expect(followed.length).toBe(4);
      });

      test("appends once while the first is in flight, too", async () => {
        const seqs = await Promise.all(Array.from({ length: 50 }, () => log.append([put(1)], key("k"))));
        expect(new Set(seqs).size).toBe(1);
        expect(shown(await log.read(feed))).toEqual([1]);
      });

      test("refuses another request under the same key, in flight and afterwards", async () => {
        const [first, second] = await Promise.allSettled([
          log.append([put(1)], key("k", "one")),
          log.append([put(2)], key("k", "two")),
        ]);
        expect(first.status).toBe("fulfilled");
        expect(second).toMatchObject({ reason: { status: 422, code: "idempotency_mismatch" } });
        await expect(log.append([put(3)], key("k", "three"))).rejects.toMatchObject({ code: "idempotency_mismatch" });
        expect(shown(await log.read(feed))).toEqual([1]);
      });

      test("gives the answer to what is refused now, if it was taken before or is in flight", async () => {
        const refusal = new Problem(422, "render_failed", "The template cannot take it.");
        const [first, again] = await Promise.all([
          log.append([put(1)], key("k")),
          log.append([], { ...key("k"), refusal }),
        ]);
        expect(again).toBe(first);
        expect(await log.append([], { ...key("k"), refusal })).toBe(first);
        await expect(log.append([], { ...key("k", "another hash"), refusal })).rejects.toMatchObject({
          code: "idempotency_mismatch",
        });
      });

      test("refuses what it has no answer for, and remembers nothing of it", async () => {
        const refusal = new Problem(422, "render_failed", "The template cannot take it.");
        await expect(log.append([], { ...key("k"), refusal })).rejects.toBe(refusal);
        expect(await log.append([put(1)], key("k", "another hash"))).toBeGreaterThan(0);
        expect(shown(await log.read(feed))).toEqual([1]);
      });

      test("tells keys apart", async () => {
        const names = ["k", "K", "k ", "ключ", "key/1", "x".repeat(200)];
        for (const name of names) await log.append([put(1, 10)], key(name));
        expect(shown(await log.read(feed)).length).toBe(names.length);
      });

      test.each(["", "a\nb", "\0", "x".repeat(201), "ü".repeat(101)])("refuses the key %j", async (name) => {
        await expect(log.append([put(1)], key(name))).rejects.toMatchObject({
          status: 400,
          code: "idempotency_key_invalid",
        });
      });

      test("remembers it for a day, and not for ever", async () => {
        at(0);
        const first = await log.append([put(1)], key("k"));
        at(DAY - 1);
        expect(await log.append([put(1)], key("k"))).toBe(first);
        at(DAY + 1);
        const next = await log.append([put(1)], key("k"));
        expect(next).toBeGreaterThan(first);
        at(2 * DAY);
        expect(await log.append([put(1)], key("k"))).toBe(next);
      });
    });

    describe("where it is said how a topic was read", () => {
      const [a, b] = [parseItem("a"), parseItem("b")];
      const changed = { status: 412, code: "value_changed" };
      const remove: Draft = { op: "remove", topic: feed, item: a };
      /** How it stands now. */
      const present = async (item?: typeof a): Promise<Expectation> => {
        const record = await log.read(feed);
        return { topic: feed, item, versions: [versionOf(log.id, record, item)] };
      };
      /** Whether an append with this is let through. It publishes to another topic, and so changes nothing here. */
      const lets = async (expect: Expectation): Promise<boolean> => {
        const elsewhere: Draft = { op: "publish", topic: price, json: JsonText.of(1), retain: 1 };
        const outcome = await log.append([elsewhere], { expect }).catch((error) => error);
        if (typeof outcome !== "number" && outcome.code !== "value_changed") throw outcome;
        return typeof outcome === "number";
      };

      test("appends while it stands so; else nothing, and tells how it stands now", async () => {
        const none = await present();
        const first = await log.append([put(1)], { expect: none });
        const one = await present();
        await expect(log.append([put("late"), clear], { expect: none })).rejects.toMatchObject({
          ...changed,
          headers: { ETag: `"${log.id}-${first}"` },
        });
        await log.append([put(2), put(3)], { expect: one });
        expect(shown(await log.read(feed))).toEqual([1, 2, 3]);
        expect(await lets(one)).toBe(false);
        await delivered(3);
        await log.append([put(4)]);
        await delivered(4);
        expect(followed.length).toBe(4);
      });

      test("lets one of many through that have read the same", async () => {
        for (const round of [1, 2, 3]) {
          const read = await present();
          const outcomes = await Promise.allSettled(
            Array.from({ length: 64 }, (_, i) => log.append([put([round, i], 1)], { expect: read })),
          );
          const [won, ...others] = outcomes.filter(({ status }) => status === "fulfilled");
          expect([won, others.length]).toEqual([{ status: "fulfilled", value: expect.any(Number) }, 0]);
          const lost = outcomes.filter((outcome) => outcome.status === "rejected");
          expect(lost.map(({ reason }) => reason.code)).toEqual(Array(63).fill("value_changed"));
          expect(shown(await log.read(feed))).toEqual([[round, outcomes.indexOf(won!)]]);
        }
      });

      test("loses nothing of what many add at once, each to what it has read", async () => {
        const add = async (): Promise<void> => {
          for (;;) {
            const record = await log.read(feed);
            const expect = { topic: feed, versions: [versionOf(log.id, record)] };
            const next = put(((shown(record)[0] ?? 0) as number) + 1, 1);
            try {
              return void (await log.append([next], { expect }));
            } catch (error) {
              if ((error as Problem).code !== "value_changed") throw error;
            }
          }
        };
        await Promise.all(Array.from({ length: 20 }, add));
        expect(shown(await log.read(feed))).toEqual([20]);
      });

      test("no notice, end, touch or place of a source changes how a topic stands", async () => {
        await log.append([put(1), name("a", 2)]);
        const [topic, item] = [await present(), await present(a)];
        await log.append([{ op: "stale", topic: feed, reason: "gone" }]);
        expect([await present(), await present(a)]).toEqual([topic, item]);
        await log.append([
          { op: "stale", topic: feed, reason: "gone again" },
          { op: "touch", topic: feed, checkpoint: "behind 2" },
          { op: "end", topic: feed },
          { op: "remove", topic: feed, item: parseItem("never-there") },
        ]);
        expect([await present(), await present(a)]).toEqual([topic, item]);
        expect([await lets(topic), await lets(item)]).toEqual([true, true]);
      });

      test("a removal changes a list and that item, also while a notice stands; the others stand as they did", async () => {
        await log.append([name("a", 1), name("b", 2), { op: "stale", topic: feed, reason: "gone" }]);
        const [topic, itemA, itemB] = [await present(), await present(a), await present(b)];
        await log.append([remove]);
        expect([await lets(topic), await lets(itemA), await lets(itemB)]).toEqual([false, false, true]);
        expect((await present(a)).versions).toEqual([`${log.id}-0`]);
        const removed = await present();
        await log.append([{ op: "stale", topic: feed, reason: "still gone" }]);
        expect(await lets(removed)).toBe(true);
      });

      test("an item that another one's birth evicts is as one that is not there", async () => {
        await log.append([name("a", 1)]);
        const item = await present(a);
        await log.append([put(2), put(3), put(4)]);
        expect(await lets(item)).toBe(false);
        expect(await lets({ topic: feed, item: a, versions: [`${log.id}-0`] })).toBe(true);
      });

      test.each(["the topic cleared", "its only item removed"])(
        "%s, and the same published again: no longer as it was",
        async (what) => {
          await log.append([name("a", 1)]);
          const [topic, item] = [await present(), await present(a)];
          await log.append([what === "the topic cleared" ? clear : remove]);
          expect([await lets(topic), await lets(item)]).toEqual([false, false]);
          expect((await present()).versions).toEqual([`${log.id}-0`]);
          expect(await lets(await present())).toBe(true);
          await log.append([name("a", 1)]);
          expect([await lets(topic), await lets(item), await lets(await present())]).toEqual([false, false, true]);
        },
      );

      test("nor is a topic that was forgotten since", async () => {
        at(0);
        await log.append([put(1)]);
        const topic = await present();
        await log.append([clear]);
        at(DAY + 1);
        await sweep();
        expect([await lets(topic), await lets(await present())]).toEqual([false, true]);
        await log.append([put(1)]);
        expect([await lets(topic), await lets(await present())]).toEqual([false, true]);
      });

      test("it may stand as any of several say, or hold anything at all", async () => {
        const none: Expectation = { topic: feed, versions: [`${log.id}-0`] };
        const any: Expectation = { topic: feed, versions: "any" };
        expect([await lets(any), await lets({ ...any, item: a })]).toEqual([false, false]);
        await log.append([name("a", 1)]);
        expect([await lets(any), await lets({ ...any, item: a }), await lets({ ...any, item: b })]).toEqual([
          true,
          true,
          false,
        ]);
        const versions = [...(none.versions as []), ...((await present()).versions as [])];
        expect(await lets({ topic: feed, versions })).toBe(true);
        expect(await lets({ topic: feed, versions: [] })).toBe(false);
      });

      test("what was read in another log is never as it was", async () => {
        await log.append([put(1)]);
        const [here] = (await present()).versions as [string];
        const seq = here.split("-")[1];
        expect(await lets({ topic: feed, versions: [`x${log.id}-${seq}` as `${string}-${number}`] })).toBe(false);
        expect(await lets({ topic: feed, versions: [`${log.id}-${seq}0` as `${string}-${number}`] })).toBe(false);
      });

      test("a key that has had its answer gets that first; one that was refused is as good as new", async () => {
        const none = await present();
        const first = await log.append([put(1)], { ...key("k"), expect: none });
        expect(await log.append([put(1)], { ...key("k"), expect: none })).toBe(first);
        await expect(log.append([put(2)], { ...key("l"), expect: none })).rejects.toMatchObject(changed);
        const second = await log.append([put(2)], { ...key("l", "another hash"), expect: await present() });
        expect(second).toBeGreaterThan(first);
        expect(shown(await log.read(feed))).toEqual([1, 2]);
      });
    });

    describe("a day after a topic was cleared", () => {
      test("has forgotten it, and resets whoever reads from before", async () => {
        at(0);
        await log.append([put(1)]);
        const cleared = await log.append([clear]);
        expect(await log.read(feed)).toMatchObject({ seq: cleared, lastRewrite: cleared });
        await log.append([{ op: "publish", topic: price, json: JsonText.of(7), retain: 1 }]);
        at(DAY + 1);
        await sweep();
        const blank = emptyRecord(cleared);
        expect(await log.read(feed)).toEqual(blank);
        // Any unknown topic may be the one that was forgotten.
        expect(await log.read(parseTopic("never/published"))).toEqual(blank);
        expect(shown(await log.read(price))).toEqual([7]);
      });

      test("begins it anew when it is published to again", async () => {
        at(0);
        await log.append([put(1)]);
        await log.append([clear]);
        at(DAY + 1);
        await sweep();
        await log.append([put(2)]);
        expect(shown(await log.read(feed))).toEqual([2]);
      });

      test("keeps it if it was published to since, has ended, or says why nothing comes", async () => {
        at(0);
        const [ended, stale] = [parseTopic("ended"), parseTopic("stale")];
        await log.append([clear, { op: "clear", topic: ended }, { op: "clear", topic: stale }]);
        await log.append([put(1), { op: "end", topic: ended }, { op: "stale", topic: stale, reason: "gone" }]);
        at(DAY + 1);
        await sweep();
        expect(shown(await log.read(feed))).toEqual([1]);
        expect((await log.read(ended)).ended).toBeGreaterThan(0);
        expect((await log.read(stale)).stale?.reason).toBe("gone");
        expect((await log.read(parseTopic("never/published"))).seq).toBe(0);
      });
    });

    test("keeps where a topic's source has got to, with a value or without one", async () => {
      const place = async () => (await log.read(feed)).checkpoint;
      expect(await place()).toBeUndefined();
      await log.append([{ op: "touch", topic: feed, checkpoint: "at the start" }]);
      expect(await log.read(feed)).toMatchObject({ checkpoint: "at the start", seq: 0, values: new Map() });
      await log.append([{ ...put(1), checkpoint: "behind 1" } as Draft, put(2)]);
      expect(await place()).toBe("behind 1");
      await log.append([{ op: "touch", topic: feed, checkpoint: "behind a line that says nothing" }, clear]);
      expect(await place()).toBe("behind a line that says nothing");
      await delivered(5);
      expect(followed.map((entry) => "checkpoint" in entry && entry.checkpoint)).toEqual([
        "at the start",
        "behind 1",
        expect.toSatisfy((place) => !place),
        "behind a line that says nothing",
        false,
      ]);
    });

    describe("of what may be made without end", () => {
      const member = (name: string) => parseTopic(`price/${name}`);
      const bounds = { maxAgeMs: 1_000, maxCount: 3 };
      const birth = (name: string, data: Json = name): Draft => ({
        op: "publish",
        topic: member(name),
        json: JsonText.of(data),
        retain: 2,
        bounds,
      });
      const alive = async (...names: string[]) => {
        const records = await Promise.all(names.map((name) => log.read(member(name))));
        return names.filter((_, i) => records[i]!.values.size > 0);
      };

      test("empties a topic of a family when its time is over, and says so to whoever follows", async () => {
        at(0);
        await log.append([birth("a"), birth("a", "again"), birth("b")]);
        at(999);
        await sweep();
        expect(await alive("a", "b")).toEqual(["a", "b"]);
        at(1_000);
        await sweep();
        expect(await alive("a", "b")).toEqual([]);
        await delivered(5);
        expect(followed.slice(3)).toMatchObject([
          { op: "clear", topic: "price/a" },
          { op: "clear", topic: "price/b" },
        ]);
        at(1_000 + DAY);
        await sweep();
        expect((await log.read(parseTopic("never/published"))).seq).toBe(followed.at(-1)!.seq);
      });

      test("counts its time from its last change, or from when somebody last looked", async () => {
        at(0);
        await log.append([birth("changed"), birth("seen"), birth("left")]);
        at(600);
        await log.append([birth("changed"), { op: "touch", topic: member("seen") }]);
        at(1_599);
        await sweep();
        expect(await alive("changed", "seen", "left")).toEqual(["changed", "seen"]);
        expect(await log.read(member("seen"))).toMatchObject({ seq: 2, lastRewrite: 0, ended: 0 });
        at(1_600);
        await sweep();
        expect(await alive("changed", "seen")).toEqual([]);
      });

      test("a touch makes nothing of a topic that shows nothing", async () => {
        at(0);
        await log.append([{ op: "touch", topic: member("none") }, birth("a"), { op: "clear", topic: member("a") }]);
        at(DAY - 1);
        await log.append([{ op: "touch", topic: member("a") }]);
        at(DAY);
        await sweep();
        expect((await log.read(member("none"))).seq).toBe(3); // what was cleared is forgotten a day later, touched or not
      });

      test("empties the one that has not changed for longest, where there are too many", async () => {
        for (const [time, name] of ["a", "b", "c"].entries()) {
          at(time);
          await log.append([birth(name)]);
        }
        at(4);
        await log.append([{ op: "touch", topic: member("a") }]);
        at(5);
        const seq = await log.append([birth("d")]);
        expect(await alive("a", "b", "c", "d")).toEqual(["a", "c", "d"]);
        await delivered(6);
        expect(followed.at(-1)).toMatchObject({ op: "clear", topic: "price/b", seq: seq + 1 });
        at(6);
        await log.append([birth("b", "back")]);
        expect(await alive("a", "b", "c", "d")).toEqual(["a", "b", "d"]);
        const changed = await log.append([birth("d", "changed")]);
        expect(await log.append([birth("d", "again")])).toBe(changed + 1); // nothing more had to go
      });

      test("empties as many as come too many at once, be they of the same append", async () => {
        await log.append([birth("a"), birth("b")]);
        await log.append(["c", "d", "e", "f", "g"].map((name) => birth(name)));
        expect(await alive(..."abcdefg")).toEqual(["e", "f", "g"]);
      });

      test("counts those that show something, and not those that were emptied", async () => {
        await log.append([birth("a"), birth("b"), birth("c")]);
        await log.append([{ op: "clear", topic: member("b") }, birth("d")]);
        expect(await alive(..."abcd")).toEqual(["a", "c", "d"]);
      });

      test("bounds a topic as its last publisher has said, and else as it was bound", async () => {
        at(0);
        const plain = (name: string): Draft => ({
          op: "publish",
          topic: member(name),
          json: JsonText.of(name),
          retain: 2,
        });
        await log.append([birth("was"), plain("was"), plain("never"), plain("now"), birth("now")]);
        at(1_000);
        await sweep();
        expect(await alive("was", "never", "now")).toEqual(["never"]);
        at(30 * DAY - 1);
        await sweep();
        expect(await alive("never")).toEqual(["never"]);
        at(30 * DAY);
        await sweep();
        expect(await alive("never")).toEqual([]);
      });

      test("bounds a topic that has only ended, or says why nothing comes", async () => {
        at(0);
        await log.append([
          { op: "end", topic: member("ended") },
          { op: "stale", topic: member("stale"), reason: "gone" },
        ]);
        at(30 * DAY);
        await sweep();
        expect((await log.read(member("ended"))).ended).toBe(0);
        expect((await log.read(member("stale"))).stale).toBe(null);
      });

      test("drops no value of a widget's own topic for its age", async () => {
        at(0);
        await log.append([put(1)]);
        at(1000 * DAY);
        await sweep();
        expect(shown(await log.read(feed))).toEqual([1]);
      });

      test("lets go of some at a time", async () => {
        at(0);
        await log.append(
          Array.from({ length: 150 }, (_, i) => ({ ...birth(`t${i}`), bounds: { maxAgeMs: 1, maxCount: 200 } })),
        );
        at(1);
        let sweeps = 1;
        while (await log.sweep()) sweeps++;
        expect(sweeps).toBe(3);
        await delivered(300);
      });
    });

    async function sweep(): Promise<void> {
      while (await log.sweep());
    }

    /** The time, in milliseconds after some beginning. */
    function at(time: number): void {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2030, 0, 1) + time });
    }

    async function delivered(count: number): Promise<void> {
      while (followed.length < count) await new Promise((resolve) => setImmediate(resolve));
    }
  });
}
