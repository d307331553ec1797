import { type Json, JsonText } from "../core/json.ts";
import { Problem } from "../core/problem.ts";
import { itemId, itemKey, regionOf } from "../core/region.ts";
import type { ItemName, Topic } from "../core/topic.ts";
import type { Renderer } from "../core/widget.ts";
import type { Bounds, Draft, TopicRecord } from "../log/record.ts";
import type { Metrics } from "../ops/metrics.ts";

/** A value to be published. */
export interface Publication {
  readonly topic: Topic;
  readonly data: Json | JsonText;
  /** The item's name, in a topic of kind log, if it is to be replaced or removed later. */
  readonly item?: ItemName | undefined;
  /** How long, and of how many, its topic is kept from now on, if it is one of a family. */
  readonly bounds?: Bounds | undefined;
  /** How far the topic's source has read in its input, this value included. */
  readonly checkpoint?: string | undefined;
}

/** Whether a topic's widget sees the values that it had before. @throws Problem 404 `topic_unknown` */
export function seesHistory(topic: Topic, renderer: Renderer): boolean {
  const { kind, retain } = renderer.widget(topic);
  return kind === "state" && retain > 1;
}

/**
 * Renders a value before it is appended, only to refuse it if its template cannot take it. The HTML is thrown away: what
 * readers are sent is rendered after the append, when the log has given the value its order, its time and its id.
 * @param record the topic's, for a widget that {@link seesHistory}
 * @returns what to append
 * @throws Problem 404 `topic_unknown`, 400 `item_invalid` and those of {@link JsonText.of}, 422 `value_invalid`,
 * `render_failed` or `fragment_too_large`
 */
export function dryRun(
  { topic, data, item, bounds, checkpoint: place }: Publication,
  renderer: Renderer,
  record: TopicRecord | undefined,
  { dryRuns }: Metrics,
): Draft {
  const { name, kind, retain, checkValue } = renderer.widget(topic);
  if (kind === "state" && item !== undefined) {
    const fix = "Leave ?item= out, or write “kind: log” in its front matter.";
    throw new Problem(400, "item_invalid", `“${name}” is a state widget, which has no items. ${fix}`);
  }
  const json = JsonText.of(data);
  checkValue?.(json);
  const region = regionOf(topic);
  const at = Date.now();
  if (kind === "log") {
    const id = itemId(region.id, item === undefined ? "0" : itemKey(item));
    dryRuns.time(() => renderer.fragment(region, { data: json.value, at, history: [], id, item }));
  } else {
    const earlier = record === undefined ? [] : [...record.values.values()];
    const history = earlier.slice(Math.max(0, earlier.length - retain + 1)).map((value) => value.json.value);
    dryRuns.time(() => renderer.fragment(region, { data: json.value, at, history }));
  }
  return { op: "publish", topic, json, item, retain, bounds, checkpoint: place };
}
