import { expect, test } from "vitest";
import { JsonText } from "../../../src/engine/core/json.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { emptyRecord } from "../../../src/engine/log/record.ts";
import { LiveTopic } from "../../../src/engine/topics/live-topic.ts";

test("a topic that someone looks at for long has its values in a new Map now and then, since V8 would keep what has left the old one", () => {
  const topic = parseTopic("feed");
  const live = new LiveTopic(topic, emptyRecord());
  const maps = new Set();
  for (let seq = 1; seq <= 100; seq++) {
    live.apply({ op: "publish", topic, json: JsonText.of(seq), retain: 10, seq, at: seq });
    maps.add(live.record.values);
  }
  expect([...live.record.values.values()].map(({ json }) => json.value)).toEqual([
    91, 92, 93, 94, 95, 96, 97, 98, 99, 100,
  ]);
  expect(maps.size).toBeGreaterThan(5);
});
