import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { Broker } from "../../src/engine/broker/broker.ts";
import { partialsIn } from "../../src/engine/core/partial.ts";
import { parseRegion, parseRegions } from "../../src/engine/core/region.ts";
import { parseItem, parseTopic } from "../../src/engine/core/topic.ts";
import { LmdbLog } from "../../src/engine/log/lmdb/lmdb-log.ts";
import type { Log } from "../../src/engine/log/log.ts";
import { MemoryLog } from "../../src/engine/log/memory.ts";
import { Page } from "../support/page.ts";
import { renderer } from "../support/renderer.ts";
import { type Event, History } from "./history.ts";
import { future, type Saying, said } from "./said.ts";

const LONG = process.env.LONG === "1";
const RUNS = LONG ? 2_000 : 40;
const REGIONS = ["value", "list", "long"];

interface Ask {
  header: Saying | undefined;
  url: Saying | undefined;
  regions: string[];
}

/** By header, by URL, by both, by neither. */
const ask = (saying: fc.Arbitrary<Saying>): fc.Arbitrary<Ask> =>
  fc.record({
    header: fc.option(saying, { nil: undefined, freq: 2 }),
    url: fc.option(saying, { nil: undefined, freq: 1 }),
    regions: fc.shuffledSubarray(REGIONS, { minLength: 1 }),
  });

const publish = fc.constant("publish" as const);
const topic = fc.constantFrom("list", "long");
const item = fc.constantFrom("a", "b");
const unnamed = fc.constant(undefined);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ do: publish, topic, data: fc.nat(), item: unnamed }) },
  { weight: 4, arbitrary: fc.record({ do: publish, topic: fc.constant("value"), data: fc.nat(), item: unnamed }) },
  { weight: 2, arbitrary: fc.record({ do: publish, topic, data: fc.nat(), item }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), topic, item }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const), topic: fc.constantFrom(...REGIONS) }) },
);
const act = fc.record({
  events: fc.array(event, { minLength: 1, maxLength: 30, size: "max" }),
  /** Whether someone has been looking all the time, so that nothing is read from the log only now. */
  watched: fc.boolean(),
  asks: fc.array(ask(said), { minLength: 60, maxLength: 60 }),
  ahead: fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(ask(future), { minLength: 20, maxLength: 20 }) },
  ),
});

const folders: string[] = [];
afterAll(() => {
  for (const dir of folders) rmSync(dir, { recursive: true });
});

const inMemory = () => async (): Promise<Log> => new MemoryLog();
const onDisk = () => {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-cursors-"));
  folders.push(dir);
  return (): Promise<Log> => LmdbLog.open({ dir });
};

// Each act after the first begins with a restart, of which no reader may notice anything.
test.each([
  ["in memory", 1, inMemory],
  ["on disk, over two restarts", 3, onDisk],
])(
  "whatever cursor a reader comes back with, it is sent exactly what it lacks, or a reset: a log %s",
  async (name, acts, made) => {
    const sum = { asked: 0, nothing: 0, changes: 0, resets: 0 };
    const wrong: object[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: acts, maxLength: acts }), async (acts) => {
        const reopen = made();
        const history = new History();
        const ids: string[] = [];
        for (const { events, watched, asks, ahead } of acts) {
          const broker = await Broker.open({ log: await reopen(), renderer: renderer(), heartbeatMs: 1e6, onError });
          ids[history.seq] ??= broker.cursor();
          if (watched) await answer(broker, REGIONS);
          for (const event of events) {
            history.add(event);
            ids.push(await happen(broker, event));
            await broker.html(parseRegion("value")); // the end of a frame: what was coalesced is fanned out
          }
          await Promise.all([...asks, ...ahead].map((ask) => check(broker, history, ids, ask)));
          await broker.close();
          expect(wrong).toEqual([]);
        }
      }),
      { numRuns: RUNS, endOnFailure: true, ...(LONG ? {} : { seed: 20_290_611 }) },
    );
    console.log(
      `cursors, a log ${name}: asked ${sum.asked}, wrong answers ${wrong.length} (right: ${sum.nothing} × nothing, ` +
        `${sum.changes} × exact changes and ${sum.resets} × resets of a region)`,
    );
    expect(Math.min(sum.nothing, sum.changes, sum.resets)).toBeGreaterThan(3 * RUNS);

    async function check(
      broker: Broker,
      history: History,
      ids: string[],
      { header, url, regions }: Ask,
    ): Promise<void> {
      const [lastEventId, cursor] = [header?.(ids), url?.(ids)];
      const since = (lastEventId ?? cursor)?.seq; // the header beats the URL
      const got = await answer(broker, regions, lastEventId?.text, cursor?.text);
      sum.asked++;
      const page = new Page();
      const all = regions.map(parseRegion);
      for (const region of all) page.html.set(region.id, history.html(region, since));
      const owed = new Map(all.map((region) => [region.id, history.owed(region, since, lastEventId !== undefined)]));
      const filled = page.apply(got);
      const faults = [...page.errors];
      if (got === "") sum.nothing++;
      // All of it is one event, with the id of now.
      else if (!got.startsWith(`id: ${ids.at(-1)}\ndata: `) || got.indexOf("\n\n") !== got.length - 2)
        faults.push("events");
      for (const region of all) {
        const kind = owed.get(region.id)!;
        const touched = partialsIn(got).some(({ id }) => id === region.id || id.startsWith(`${region.id}_`));
        if (kind !== "nothing") sum[filled.has(region.id) ? "resets" : "changes"]++;
        if (page.html.get(region.id) !== history.html(region)) faults.push(`${region.id} is wrong`);
        if (kind === "nothing" && touched) faults.push(`${region.id} is told what it has`);
        if (kind === "births" && (filled.has(region.id) || got.includes("outerHTML"))) {
          const others = [...owed.values()].includes("changes");
          if (filled.has(region.id) || !others) faults.push(`${region.id} is told more than its births`);
        }
        if (kind === "reset" && !filled.has(region.id)) faults.push(`${region.id} is not reset`);
      }
      if (faults.length > 0) wrong.push({ lastEventId, cursor, regions, got, faults });
    }
  },
  LONG ? 3_600_000 : 300_000,
);

/** What a reader is sent after the greeting. */
async function answer(broker: Broker, regions: string[], lastEventId?: string, cursor?: string): Promise<string> {
  let text = "";
  const write = (bytes: Buffer) => {
    text += bytes;
    return true;
  };
  const asked = { regions: parseRegions(regions.join()), as: "html" as const, lastEventId, cursor };
  await broker.subscribe(asked, { write, end() {} });
  return text.slice(text.indexOf("\n\n") + 2);
}

function happen(broker: Broker, event: Event): Promise<string> {
  const topic = parseTopic(event.topic);
  if (event.do === "clear") return broker.clear(topic);
  if (event.do === "remove") return broker.remove(topic, parseItem(event.item));
  const item = event.item === undefined ? undefined : parseItem(event.item);
  return broker.publish([{ topic, data: event.data, item }]);
}

function onError(error: unknown): never {
  throw error;
}
