import { expect, test } from "vitest";
import { JsonText } from "../../src/engine/core/json.ts";
import { parseRegion } from "../../src/engine/core/region.ts";
import { isPrivate, parseTopic } from "../../src/engine/core/topic.ts";
import type { Entry } from "../../src/engine/log/record.ts";
import { updateOf } from "../../src/engine/regions/update.ts";
import { Traffic } from "../../src/inspector/traffic.ts";

const traffic = () => new Traffic(({ topic }) => isPrivate(topic));
const entry = (topic: string, data: unknown): Entry => ({
  op: "publish",
  topic: parseTopic(topic),
  json: JsonText.of(data as never),
  retain: 1,
  seq: 1,
  at: 1_000,
});

test("of a long value and of a long fragment the beginning is kept, and no more", () => {
  const looked = traffic();
  looked.read([entry("feed", "x".repeat(100_000))]);
  looked.sent(parseRegion("feed"), [updateOf(1, "c", "y".repeat(60_000))], 3);
  const { topics, fragments } = looked.take();
  expect(topics.get(parseTopic("feed"))!.newest!.text).toHaveLength(160);
  expect(fragments).toMatchObject([{ region: "feed", readers: 3, cut: true }]);
  expect(fragments[0]!.html).toHaveLength(2_000);
});

test("of very many topics and fragments some are kept, and those of a second are gone with it", () => {
  const looked = traffic();
  for (let i = 0; i < 5_000; i++) {
    looked.read([entry(`feed/${i}`, i)]);
    looked.sent(parseRegion(`feed/${i}`), [updateOf(i, "c", String(i))], 1);
  }
  const { topics, fragments } = looked.take();
  expect(topics.size).toBe(500);
  expect(fragments.map(({ html }) => html)).toEqual(Array.from({ length: 12 }, (_, i) => String(4_988 + i)));
  expect(looked.take().fragments).toEqual([]);
});

test("what is a visitor's own is counted, and neither named nor kept", () => {
  const looked = traffic();
  const own = "own/AbCdEfGhIjKlMnOpQrStUv";
  looked.read([entry(own, "mine")]);
  looked.sent(parseRegion(own), [updateOf(1, "c", "mine")], 1);
  looked.sent(parseRegion("feed?of=AbCdEfGhIjKlMnOpQrStUv"), [updateOf(1, "c", "mine")], 1);
  const passed = looked.take();
  expect(passed.privately).toBeGreaterThan(0);
  expect([passed.topics.size, passed.fragments]).toEqual([0, []]);
});
