import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EventBytes, plain, type Written } from "../../../../src/engine/delivery/encoding/encoding.ts";
import { Gzip } from "../../../../src/engine/delivery/encoding/gzip.ts";
import { WINDOW_BYTES } from "../../../../src/engine/delivery/encoding/shared-window.ts";
import { Windows } from "../../../../src/engine/delivery/encoding/windows.ts";
import { inflated } from "../../../support/inflate.ts";

/** A reader of a compressed stream, and what a plain one would have sent it. */
class Twin {
  readonly compressed: Buffer[] = [];
  readonly plain: Buffer[] = [];
  /** Whether its socket takes one piece, and is full then. */
  slow = false;

  get read(): string {
    return inflated(Buffer.concat(this.compressed)).toString("latin1");
  }

  get bytes(): number {
    return this.compressed.reduce((sum, { length }) => sum + length, 0);
  }
}

/** A group whose readers are all twins. */
class Twins {
  readonly gzip: Gzip<Twin>;
  readonly caughtUp = new Set<Twin>();

  constructor(windows = new Windows()) {
    this.gzip = new Gzip<Twin>(windows);
  }

  open(first = Buffer.from("retry: 300\n\n")): Twin {
    const twin = new Twin();
    this.#alone(twin, first, this.gzip.first(first));
    this.catchUp(twin, undefined);
    return twin;
  }

  catchUp(twin: Twin, bytes: Buffer | undefined): void {
    this.leave(twin);
    this.caughtUp.add(twin);
    this.gzip.joined(twin);
    if (bytes !== undefined) this.#alone(twin, bytes, this.gzip.catchUp(bytes));
  }

  leave(twin: Twin): void {
    if (this.caughtUp.delete(twin)) this.gzip.left(twin);
  }

  own(twin: Twin, bytes: Buffer): void {
    if (this.caughtUp.has(twin)) this.#alone(twin, bytes, this.gzip.own(twin, bytes));
  }

  all(events: readonly EventBytes[]): void {
    if (this.caughtUp.size > 0) this.#write(this.gzip.all(events, this.caughtUp), events);
  }

  some(twins: readonly Twin[], bytes: Buffer): void {
    const some = twins.filter((twin) => this.caughtUp.has(twin));
    if (some.length > 0) this.#write(this.gzip.some(bytes, some, this.caughtUp), [{ seq: 0, bytes }]);
  }

  #alone(twin: Twin, bytes: Buffer, compressed: Buffer): void {
    twin.plain.push(bytes);
    twin.compressed.push(compressed);
  }

  #write(written: readonly Written<Twin>[], events: readonly EventBytes[]): void {
    for (const { readers, pieces, count } of written) {
      const all = [...readers];
      expect(all.length).toBe(count);
      for (const twin of all) {
        const taken = twin.slow ? pieces.slice(0, 1) : pieces;
        twin.compressed.push(...taken.map(({ bytes }) => bytes));
        // Where all events are one piece, it is of the last of them.
        const upTo = events.findIndex(({ seq }) => seq === taken.at(-1)!.seq);
        twin.plain.push(...events.slice(0, upTo + 1).map(({ bytes }) => bytes));
        if (twin.slow) this.leave(twin);
      }
    }
  }
}

let seq = 0;
const events = (...texts: string[]): EventBytes[] => texts.map((text) => ({ seq: ++seq, bytes: Buffer.from(text) }));

/** As widgets are: much the same again and again, and now and then something large, or that does not compress. */
const text = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 99 }).map((n) => `data: <b class="price">${n}</b> of ACME, größer ☃\n\n`) },
  {
    weight: 2,
    arbitrary: fc.nat({ max: 99 }).map((n) => `data: <li id="feed_${n}">an item of a list</li>\n\n`.repeat(90)),
  },
  { weight: 1, arbitrary: fc.nat().map((n) => `data: ${noise(n, 20_000)}\n\n`) },
);
const twin = fc.nat({ max: 4 });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("all" as const), texts: fc.array(text, { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("some" as const), twins: fc.uniqueArray(twin), text }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("beat" as const), text }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("own" as const), twin, text }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("catchUp" as const), twin, text: fc.option(text) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("leave" as const, "slow" as const, "open" as const), twin }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "rival" as const }) },
);

/** Text that does not compress. */
function noise(from: number, length: number): string {
  let [state, text] = [from + 1, ""];
  while (text.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    text += String.fromCharCode(33 + ((state >> 16) % 90));
  }
  return text;
}

test("whoever joins, catches up, falls behind or is told something alone: each reader reads what a plain stream would have had", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const windows = new Windows();
      const group = new Twins(windows);
      const twins = Array.from({ length: 5 }, () => group.open());
      const gone: Twin[] = [];
      for (const step of steps) {
        if (step.do === "all") group.all(events(...step.texts));
        else if (step.do === "some")
          group.some(
            step.twins.map((i) => twins[i]!),
            Buffer.from(step.text),
          );
        else if (step.do === "beat") group.some([...group.caughtUp], Buffer.from(step.text));
        else if (step.do === "own") group.own(twins[step.twin]!, Buffer.from(step.text));
        else if (step.do === "rival")
          windows.release(group.gzip); // its window goes to a larger group
        else {
          const twin = twins[step.twin]!;
          if (step.do === "slow") twin.slow = true;
          else if (step.do === "catchUp") {
            twin.slow = false;
            group.catchUp(twin, step.text === null ? undefined : Buffer.from(step.text));
          } else group.leave(twin);
          if (step.do === "open") {
            gone.push(twin);
            twins[step.twin] = group.open();
          }
        }
      }
      for (const twin of [...twins, ...gone]) expect(twin.read).toBe(Buffer.concat(twin.plain).toString("latin1"));
    }),
    { numRuns: 400 },
  );
});

describe("the window that readers share", () => {
  const PRICE = "data: <div class='price'><b>ACME Corporation of the Amazing Inventions</b> at 101.2</div>\n\n";

  test("has each event refer to those before, once for all", () => {
    const group = new Twins();
    const [one, other] = [group.open(), group.open()];
    group.all(events(PRICE));
    const first = one.bytes;
    group.all(events(PRICE));
    expect(one.bytes - first).toBeLessThan(20);
    expect(one.compressed.at(-1)).toBe(other.compressed.at(-1));
  });

  test("is not shared by one that has come later, until it begins anew", () => {
    const group = new Twins();
    const [old] = [group.open(), group.open()];
    group.all(events(PRICE));
    const late = group.open();
    group.all(events(PRICE));
    expect(late.compressed.at(-1)!.length).toBeGreaterThan(old.compressed.at(-1)!.length);
    for (let sent = 0; sent < WINDOW_BYTES; sent += PRICE.length) group.all(events(PRICE));
    group.all(events(PRICE));
    expect(late.compressed.at(-1)).toBe(old.compressed.at(-1));
  });

  test("takes a heartbeat of all its readers, and is left by one that is told something alone", () => {
    const group = new Twins();
    const [one, other] = [group.open(), group.open()];
    group.all(events(PRICE));
    group.some([one, other], Buffer.from("data: alive\n\n"));
    group.all(events(PRICE));
    expect(one.compressed.at(-1)!.length).toBeLessThan(20);
    group.own(one, Buffer.from("data: alive\n\n"));
    group.all(events(PRICE));
    expect(one.compressed.at(-1)!.length).toBeGreaterThan(20);
    expect(other.compressed.at(-1)!.length).toBeLessThan(20);
  });

  test("is none of one reader alone: what that is sent costs no work", () => {
    const group = new Twins();
    const lonely = group.open();
    group.all(events(PRICE));
    expect(lonely.compressed.at(-1)!.length).toBe(PRICE.length + 5);
    group.open();
    group.all(events(PRICE));
    group.all(events(PRICE));
    expect(lonely.compressed.at(-1)!.length).toBeLessThan(20);
  });

  test("has none of what one reader alone is told in it, not even compressed", () => {
    const group = new Twins();
    const secret = "4f5c8a0c9d1e";
    const twin = group.open(Buffer.from(`data: ${secret} ${secret}\n\n`));
    group.own(twin, Buffer.from(`data: ${secret}\n\n`));
    const count = Buffer.concat(twin.compressed).toString("latin1").split(secret).length - 1;
    expect(count).toBe(3);
  });
});

test("only so many groups have a window, the largest: one with more than twice the readers takes that of the smallest", () => {
  const windows = new Windows();
  const groups = Array.from({ length: 64 }, () => ({}));
  for (const [i, group] of groups.entries()) expect(windows.of(group, 10 + i)).toBeDefined();
  const [small, large] = [{}, {}];
  expect(windows.of(small, 20)).toBeUndefined();
  expect(windows.of(large, 21)).toBeDefined();
  expect(windows.of(groups[0]!, 10)).toBeUndefined();
  windows.release(large);
  expect(windows.of(small, 2)).toBeDefined();
});

test("a plain stream is sent the bytes as they are, and each Buffer to all", () => {
  const encoding = plain<object>();
  const readers = new Set([{}, {}]);
  const event = { seq: 1, bytes: Buffer.from("data: 1\n\n") };
  const [written] = encoding.all([event], readers);
  expect(written!.pieces[0]!.bytes).toBe(event.bytes);
  expect(written!.count).toBe(2);
});
