import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Broker } from "../../../src/engine/broker/broker.ts";
import type { Json } from "../../../src/engine/core/json.ts";
import { type Lease, LocalLeases } from "../../../src/engine/core/lease.ts";
import { Problem } from "../../../src/engine/core/problem.ts";
import { parseRegion } from "../../../src/engine/core/region.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { FAMILY_BOUNDS } from "../../../src/engine/log/bounds.ts";
import type { AppendOptions } from "../../../src/engine/log/log.ts";
import { MemoryLog } from "../../../src/engine/log/memory.ts";
import { staleJson } from "../../../src/engine/regions/stale.ts";
import { always, CurrentValue, every, type Source, type SourceModule } from "../../../src/engine/sources/every.ts";
import { loadSources } from "../../../src/engine/sources/files.ts";
import { Runner } from "../../../src/engine/sources/runner.ts";
import { Sources } from "../../../src/engine/sources/sources.ts";
import { writeFiles } from "../../support/folders.ts";
import { FakeOutlet } from "../../support/outlet.ts";
import { renderer } from "../../support/renderer.ts";
import { percent, watchSpells } from "../../support/spells.ts";
import { priceOf } from "../../support/views.ts";

const price = parseTopic("price");
const acme = parseTopic("price/ACME");

let outlet: FakeOutlet;
let reports: string[];
let sources: Sources;

function serve(source: Source | SourceModule): Sources {
  const module = "always" in source ? source : { source, always: false };
  const log = (text: string, error?: unknown) =>
    reports.push(error instanceof TypeError ? `${text}: ${error.message}` : text);
  sources = new Sources({ sources: new Map([["price", module]]), broker: outlet, lingerMs: 5_000, log });
  sources.start();
  return sources;
}

/** Values on demand, and a note of how it was let go. */
function handmade() {
  const calls: string[] = [];
  let deliver: (result: IteratorResult<Json>) => void = () => {};
  const iterator: AsyncIterator<Json> = {
    next() {
      calls.push("next");
      return new Promise((resolve) => {
        deliver = resolve;
      });
    },
    async return() {
      calls.push("return");
      return { done: true, value: undefined };
    },
  };
  const source = { [Symbol.asyncIterator]: () => iterator };
  return { calls, source, give: (value: Json) => deliver({ done: false, value }) };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  outlet = new FakeOutlet();
  reports = [];
});

afterEach(async () => {
  const stopped = sources.stop();
  await vi.advanceTimersByTimeAsync(1_000);
  await stopped;
  // Whatever a test did, nothing is left behind.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("a source", () => {
  test("starts when a page first needs its topic, and not before", async () => {
    serve(every(1_000, () => 1));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(outlet.said).toEqual([]);
    outlet.demand(price, true);
    await outlet.nth(1);
    expect(outlet.said).toEqual(["publish price 1"]);
  });

  test("starts once, however often it is asked for", async () => {
    serve(every(1_000, () => 1));
    outlet.demand(price, true);
    outlet.demand(price, true);
    await settle();
    expect(outlet.said).toHaveLength(1);
  });

  test("runs on for a while after the last reader has left, so that a reload finds it running", async () => {
    const { source, calls } = handmade();
    serve(source);
    outlet.demand(price, true);
    outlet.demand(price, false);
    await vi.advanceTimersByTimeAsync(4_999);
    outlet.demand(price, true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toEqual(["next"]);
  });

  test("stops after that: its iterator is returned, though it is in the middle of a wait", async () => {
    const { source, calls, give } = handmade();
    serve(source);
    outlet.demand(price, true);
    await settle();
    outlet.demand(price, false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(calls).toEqual(["next", "return"]);
    give("too late");
    await settle();
    expect(outlet.said).toEqual([]);
  });

  test("that is marked always starts with the server and stays without readers", async () => {
    serve(always(every(1_000, () => 1)));
    await outlet.nth(1);
    outlet.demand(price, true);
    outlet.demand(price, false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(outlet.said.length).toBeGreaterThan(50);
  });

  test("that returns ends its topic, and starts anew for the next reader after the last has left", async () => {
    serve(async function* () {
      yield 1;
    });
    outlet.demand(price, true);
    await outlet.nth(2);
    expect(outlet.said).toEqual(["publish price 1", "end price"]);
    outlet.demand(price, true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(outlet.said).toHaveLength(2);
    outlet.demand(price, false);
    await vi.advanceTimersByTimeAsync(5_000);
    outlet.demand(price, true);
    await outlet.nth(4);
    expect(outlet.said.slice(2)).toEqual(["publish price 1", "end price"]);
  });
});

describe("a source that fails", () => {
  test("is started again, ever later, and reported once", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const starts: number[] = [];
    const began = performance.now();
    serve(
      every(1_000, () => {
        starts.push(performance.now() - began);
        throw new Error("down");
      }),
    );
    outlet.demand(price, true);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(starts).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500, 61_500, 91_500]);
    expect(reports).toEqual(["source price failed and will be started again"]);
    vi.mocked(Math.random).mockRestore();
  });

  test("is called stale at the third failure, once, until it publishes again", async () => {
    let reads = 0;
    serve(
      every(1_000, () => {
        if (++reads <= 6) throw new Error("down");
        return reads;
      }),
    );
    outlet.demand(price, true);
    await vi.advanceTimersByTimeAsync(32_000);
    expect(outlet.said.slice(0, 3)).toEqual(["stale price", "publish price 7", "publish price 8"]);
  });

  test("is called stale as soon as the log takes that, if it did not at first", async () => {
    serve(
      every(1_000, () => {
        throw new Error("down");
      }),
    );
    const stale = vi.spyOn(outlet, "stale").mockRejectedValueOnce(new Problem(507, "log_full", "Full."));
    outlet.demand(price, true);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(outlet.said).toEqual(["stale price"]);
    expect(stale).toHaveBeenCalledTimes(2);
    expect(reports[1]).toBe("source price: cannot mark it stale");
  });

  test("that was stale before it was started keeps the time since when", async () => {
    await outlet.stale(price);
    serve(
      every(1_000, () => {
        throw new Error("down");
      }),
    );
    outlet.demand(price, true);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(outlet.said).toEqual(["stale price"]);
  });

  test("stays quiet after two failures", async () => {
    let reads = 0;
    serve(
      every(1_000, () => {
        if (++reads <= 2) throw new Error("down");
        return reads;
      }),
    );
    outlet.demand(price, true);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(outlet.said).toEqual(["publish price 3"]);
  });

  test("has the signal of its failed attempt aborted before it is started again", async () => {
    const signals: AbortSignal[] = [];
    serve(({ signal }) => {
      signals.push(signal);
      throw new Error("down");
    });
    outlet.demand(price, true);
    await vi.advanceTimersByTimeAsync(500);
    expect(signals.length).toBeGreaterThan(1);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  test("is not started again once nobody needs it", async () => {
    const read = vi.fn(() => {
      throw new Error("down");
    });
    serve(every(1_000, read));
    outlet.demand(price, true);
    outlet.demand(price, false);
    await vi.advanceTimersByTimeAsync(5_000);
    const reads = read.mock.calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(read).toHaveBeenCalledTimes(reads);
  });

  test("is not what happens when a template cannot take a value: the source goes on", async () => {
    outlet.refuse = ({ data }) => {
      if (data === 2 || data === 3) throw new Problem(422, "render_failed", "The template cannot render this.");
    };
    let value = 0;
    serve(every(1_000, () => ++value));
    outlet.demand(price, true);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(outlet.said).toEqual(["publish price 1", "publish price 4"]);
    expect(reports).toEqual(["source price: a value was refused"]);
  });

  test("is what happens when the log is ill: back off, then go on", async () => {
    let ill = true;
    outlet.refuse = () => {
      if (ill) throw new Problem(503, "log_failed", "The log is ill.");
    };
    serve(every(1_000, () => 1));
    outlet.demand(price, true);
    await settle();
    ill = false;
    await vi.advanceTimersByTimeAsync(500);
    expect(outlet.said).toEqual(["publish price 1"]);
    expect(reports).toEqual(["source price failed and will be started again"]);
  });
});

describe("what an author reads of a source that is a file", () => {
  const MISTAKEN = [
    "",
    "export default {",
    "  async *[Symbol.asyncIterator]() {",
    "    await 0;",
    "    yield Math.radnom();",
    "  },",
    "};",
  ];
  const AWAY = [
    "export default { async *[Symbol.asyncIterator]() { for (const read of reads) yield read(); } };",
    "const reads = [async () => await fetch('http://localhost:1/')];",
  ];
  const where = "src/sources/price.js:5: Math.radnom is not a function";
  const MENDS = "No new values are arriving just now. This will mend itself.";
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "brooklet-sources-"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  async function start(text: string, development: boolean): Promise<void> {
    writeFiles(dir, { "price.js": text });
    const loaded = await loadSources(pathToFileURL(`${dir}/`), () => {});
    const log = (...[text, error]: unknown[]) => reports.push(error === undefined ? `${text}` : `${text} ${error}`);
    sources = new Sources({ sources: loaded, broker: outlet, log, development });
    sources.start();
    outlet.demand(price, true);
  }

  test.each([
    ["the author, and whoever is served the same log later that it will mend itself", true, where],
    ["visitors that it will mend itself", false, MENDS],
  ])("is where its mistake is, in the operator's log; the page tells %s", async (_, development, told) => {
    const stale = vi.spyOn(outlet, "stale");
    await start(MISTAKEN.join("\n"), development);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(reports).toEqual([
      `source price failed and will be started again: ${where}\n >> 5|     yield Math.radnom();`,
    ]);
    const [reason, ...more] = (stale.mock.calls as unknown[][]).map(([, reason]) => reason as string);
    expect(more).toEqual([]);
    const page = (development: boolean) => priceOf("<b></b>", { development }).stale(parseRegion("price"), 0, reason!);
    expect(page(true)).toContain(told);
    for (const text of [page(false), staleJson({ since: 0, reason: reason! }).reason]) {
      expect(text).toContain(MENDS);
      expect(text).not.toContain("price.js");
    }
  });

  test("is what could not be fetched, and why, without a stack", async () => {
    vi.useRealTimers();
    await start(AWAY.join("\n"), true);
    await vi.waitFor(() => expect(reports).toHaveLength(1), { timeout: 20_000 });
    expect(reports[0]).toMatch(/^source price failed .*: src\/sources\/price\.js:2: fetch failed \(.+\)\n >> 2\|.*$/);
    await sources.stop();
    vi.useFakeTimers();
  });

  test("names the file whose value was refused", async () => {
    outlet.refuse = () => {
      throw new Problem(422, "value_refused", "Widget “price” refuses this value.");
    };
    await start("export default { async *[Symbol.asyncIterator]() { yield 1; } };", true);
    await vi.waitFor(() => expect(reports).toHaveLength(1));
    expect(reports[0]).toContain("source price (src/sources/price.js): a value was refused");
  });

  test("is on the page why a value was refused, until one is taken", async () => {
    vi.useRealTimers();
    let taken = false;
    writeFiles(dir, { "price.js": "export default globalThis.pricesOfTest;" });
    Object.assign(globalThis, { pricesOfTest: every(20, () => (taken ? { price: 1 } : {})) });
    const loaded = await loadSources(pathToFileURL(`${dir}/`), () => {});
    const shown = { development: true };
    const broker = await Broker.open({
      log: new MemoryLog(),
      renderer: priceOf("<b>\n<%= data.price.toFixed(1) %></b>", shown),
    });
    sources = new Sources({ sources: loaded, broker, log: (text) => reports.push(text), ...shown });
    sources.start();
    const region = parseRegion("price");
    await vi.waitFor(async () =>
      expect(await broker.html(region)).toMatch(
        /src\/sources\/price\.js: a value was refused: Widget “price” cannot render this value\. \S*price\.eta:2: .*toFixed/,
      ),
    );
    expect(priceOf("<b></b>").stale(region, 0, (await broker.record(parseTopic("price"))).stale!.reason)).not.toContain(
      "price.eta",
    );
    taken = true;
    await vi.waitFor(async () => expect(await broker.html(region)).toMatch(/^<b>\s*1\.0<\/b>$/));
    expect(reports).toEqual(["source price (src/sources/price.js): a value was refused"]);
    await sources.stop();
    await broker.close();
    vi.useFakeTimers();
  });

  test("is told to the operator alone where visitors look", async () => {
    const stale = vi.spyOn(outlet, "stale");
    outlet.refuse = ({ data }) => {
      if (data === 1) throw new Problem(422, "value_refused", "Widget “price” refuses this value.");
    };
    await start("export default { async *[Symbol.asyncIterator]() { yield 1; yield 2; } };", false);
    await vi.waitFor(() => expect(outlet.said).toContain("publish price 2"));
    expect(reports).toHaveLength(1);
    expect(stale).not.toHaveBeenCalled();
  });

  test("names what JSON cannot say of a value, and what to publish instead, and the next value is shown", async () => {
    await start("export default { async *[Symbol.asyncIterator]() { yield { a: [new Set()] }; yield 2; } };", true);
    await vi.waitFor(() => expect(outlet.said).toContain("publish price 2"));
    expect(reports).toEqual([
      "source price (src/sources/price.js): a value was refused Problem: /a/0 is a Set: publish [...value].",
    ]);
  });
});

test("a source that has two hundred thousand values at once leaves others their turn", async () => {
  vi.useRealTimers();
  const broker = await Broker.open({ log: new MemoryLog(), renderer: renderer() });
  const topic = parseTopic("value");
  const source = (async function* () {
    for (let n = 1; n <= 200_000; n++) yield n;
  })();
  const [leases, report] = [new LocalLeases(), (text: string) => reports.push(text)];
  const spells = watchSpells();
  const runner = new Runner({ source, topic, outlet: broker, leases, report });
  await vi.waitFor(async () => expect((await broker.record(topic)).ended).toBeGreaterThan(0), { timeout: 60_000 });
  const { longest, turns } = spells.stop();
  console.log(`200,000 values at once: at most ${percent(longest)} of the work between two looks at everybody else`);
  expect(turns).toBeGreaterThan(20);
  expect(longest).toBeLessThan(1 / 10);
  runner.stop();
  await runner.done;
  await broker.close();
  vi.useFakeTimers();
}, 60_000);

describe("a family", () => {
  test("has the source of its longest name, whatever else begins alike", () => {
    const family = (): Source => () => handmade().source;
    const modules: [string, SourceModule][] = [
      ["price", { source: family(), always: false }],
      ["price/fx", { source: handmade().source, always: false }],
      ["rooms/deep", { source: family(), always: false }],
    ];
    sources = new Sources({ sources: new Map(modules), broker: outlet, log: () => {} });
    const has = (topic: string) => sources.has(parseTopic(topic));
    expect([has("price"), has("price/ACME"), has("price/fx"), has("rooms/deep/hall")]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    // A source that is no function is of one topic alone.
    expect([has("price/fx/EUR"), has("rooms"), has("rooms/other")]).toEqual([false, false, false]);
  });

  test("runs once for each topic, each with its params and its own signal", async () => {
    const seen = new Map<string, { params: readonly string[]; signal: AbortSignal }>();
    serve(async function* ({ topic, params, signal }) {
      seen.set(topic, { params, signal });
      yield* every(1_000, () => topic);
    });
    outlet.demand(acme, true);
    outlet.demand(parseTopic("price/BOLT/eur"), true);
    await outlet.nth(2);
    expect(seen.get("price/BOLT/eur")!.params).toEqual(["BOLT", "eur"]);
    outlet.demand(acme, false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen.get("price/ACME")!.signal.aborted).toBe(true);
    expect(seen.get("price/BOLT/eur")!.signal.aborted).toBe(false);
  });

  test("publishes what goes ten minutes after its last change", async () => {
    const bounds: unknown[] = [];
    outlet.refuse = (publication) => bounds.push(publication.bounds);
    serve(({ params }) => every(1_000, () => [...params]));
    outlet.demand(acme, true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(bounds).toEqual([FAMILY_BOUNDS, FAMILY_BOUNDS].map((all) => ({ ...all, maxAgeMs: 600_000 })));
  });

  test("says while a topic is looked at that it is, and once more when its last reader has left", async () => {
    serve(({ params }) => every(3_600_000, () => [...params]));
    outlet.demand(acme, true);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(outlet.said).toEqual(['publish price/ACME ["ACME"]', ...Array(3).fill("touch price/ACME")]);
    outlet.demand(acme, false);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(outlet.said.slice(4)).toEqual(["touch price/ACME"]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(outlet.said.slice(5)).toEqual([]);
  });

  test("of a thousand topics says so of some at a time", async () => {
    const sizes: number[] = [];
    serve(({ params }) => every(3_600_000, () => [...params]));
    for (let i = 0; i < 1_000; i++) outlet.demand(parseTopic(`price/${i}`), true);
    await outlet.nth(1_000);
    const { publish } = outlet;
    outlet.publish = (publications) => {
      sizes.push(publications.length);
      return publish.call(outlet, publications);
    };
    await vi.advanceTimersByTimeAsync(200_000);
    expect(sizes).toEqual([200, 200, 200, 200, 200]);
  });

  test("is what a function serves; an iterable serves its own topic only", async () => {
    const iterable = serve(every(1_000, () => 1));
    expect([iterable.has(price), iterable.has(acme), iterable.has(parseTopic("other"))]).toEqual([true, false, false]);
    outlet.demand(acme, true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(outlet.said).toEqual([]);
    await iterable.stop();
    expect(serve(({ params }) => every(1_000, () => [...params])).has(acme)).toBe(true);
  });
});

test("stop ends what runs and what lingers, and nothing starts after it", async () => {
  const { source, calls } = handmade();
  serve(source);
  outlet.demand(price, true);
  await settle();
  const stopped = sources.stop();
  await vi.advanceTimersByTimeAsync(1_000); // this source never answers, and is not waited for any longer
  await stopped;
  expect(calls).toEqual(["next", "return"]);
  outlet.demand(price, true);
  expect(calls).toEqual(["next", "return"]);
});

test("stop leaves no timer and no handle behind", async () => {
  vi.useRealTimers();
  const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  serve(every(60_000, () => 1));
  outlet.demand(price, true);
  await outlet.nth(1);
  await sources.stop();
  expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBe(before);
  vi.useFakeTimers();
});

describe("a source that says how things stand", () => {
  test("publishes only where the topic shows otherwise, and takes away what is no more", async () => {
    const outlet = new FakeOutlet();
    const said = [1, 1, 2, undefined, undefined, 2];
    const standing = async function* () {
      for (const value of said) yield new CurrentValue(value);
    };
    const runner = new Runner({ source: standing, topic: price, outlet, leases: new LocalLeases(), report: () => {} });
    await outlet.nth(5);
    runner.stop();
    await runner.done;
    expect(outlet.said).toEqual(["publish price 1", "publish price 2", "clear price", "publish price 2", "end price"]);
    // Started again, it has nothing new to say.
    const again = async function* () {
      yield new CurrentValue(2);
    };
    const next = new Runner({ source: again, topic: price, outlet, leases: new LocalLeases(), report: () => {} });
    await outlet.nth(6);
    expect(outlet.said.slice(5)).toEqual(["end price"]);
    next.stop();
    await next.done;
  });
});

describe("on two nodes, a source", () => {
  const nodes: Sources[] = [];
  let leases: LocalLeases;
  beforeEach(() => {
    serve(every(1_000, () => "none"));
    leases = new LocalLeases();
  });
  afterEach(() => Promise.all(nodes.splice(0).map((node) => node.stop())));

  /** A node on the same log and leases. @returns what its pages need */
  function node(name: string, source: () => AsyncIterable<Json> = () => every(1_000, () => name)) {
    const sources = new Map([["price", { source, always: false }]]);
    const log = (text: string) => reports.push(text);
    const own = new Sources({ sources, broker: outlet, leases, lingerMs: 0, keepMs: 10_000, log });
    own.start();
    nodes.push(own);
    return outlet.demand;
  }

  test("runs on one of them, and on the other once the first has no more readers", async () => {
    const [a, b] = [node("a"), node("b")];
    a(price, true);
    b(price, true);
    await vi.advanceTimersByTimeAsync(3_500);
    expect(new Set(outlet.said)).toEqual(new Set(['publish price "a"']));
    a(price, false);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(outlet.said.at(-1)).toBe('publish price "b"');
  });

  test("is not begun anew on the other when it has come to its end", async () => {
    const ten = async function* () {
      yield 10;
    };
    const [a, b] = [node("a", ten), node("b", ten)];
    a(price, true);
    b(price, true);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(outlet.said).toEqual(["publish price 10", "end price"]);
  });

  test("keeps a topic that the other one shows", async () => {
    const [a, b] = [node("a"), node("b")];
    a(acme, true);
    b(acme, true);
    a(acme, false);
    await vi.advanceTimersByTimeAsync(30_000);
    const touched = () => outlet.said.filter((said) => said === "touch price/ACME").length;
    expect(touched()).toBeGreaterThanOrEqual(9);
    b(acme, false);
    await vi.advanceTimersByTimeAsync(0);
    const last = touched();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(touched()).toBe(last);
    expect(reports).toEqual([]);
  });

  test("names its lease with all that it publishes, stops when that is lost, and tries again", async () => {
    const tokens: (number | undefined)[] = [];
    const { publish } = outlet;
    outlet.publish = (publications, options?: AppendOptions) => {
      tokens.push(options?.fence?.token);
      if (tokens.length === 3) throw new Problem(409, "lease_lost", "Another has it.");
      return publish.call(outlet, publications);
    };
    node("a")(price, true);
    await vi.advanceTimersByTimeAsync(3_500);
    expect(tokens.slice(0, 4)).toEqual([1, 1, 1, 2]);
  });

  test("stops as soon as its lease is lost, and begins again once it has it back", async () => {
    const lost = new AbortController();
    const take = leases.take.bind(leases);
    let taken = 0;
    leases.take = async (name) => {
      taken++;
      if (taken === 2) return undefined; // another has it for a moment
      const lease = await take(name);
      return taken === 1 ? ({ ...lease, lost: lost.signal } as Lease) : lease;
    };
    let begun = 0;
    node("a", () => every(1_000, () => ++begun))(price, true);
    await vi.advanceTimersByTimeAsync(1_500);
    lost.abort();
    await vi.advanceTimersByTimeAsync(900);
    expect(outlet.said).toEqual(["publish price 1", "publish price 2"]);
    await vi.advanceTimersByTimeAsync(200);
    expect(outlet.said.at(-1)).toBe("publish price 3");
  });
});

test("a function that gives one value, and no values one after another, is told how a source is written", async () => {
  serve((() => 1) as unknown as Source);
  outlet.demand(price, true);
  await settle();
  expect(reports[0]).toContain("gives no values one after another, as a source does. Write: export default every(");
});
