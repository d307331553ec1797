import { type Json, JsonText } from "../core/json.ts";
import { Problem } from "../core/problem.ts";
import { itemId, regionOf } from "../core/region.ts";
import type { ItemName, Topic } from "../core/topic.ts";
import type { Renderer } from "../core/widget.ts";
import type { Bounds, Draft, TopicRecord } from "../log/record.ts";

export interface Publication {
  readonly topic: Topic;
  readonly data: Json | JsonText;
  /** A log's item may be named, to be replaced or removed. */
  readonly item?: ItemName | undefined;
  /** What its topic is bound by from now on, if it is a family's. */
  readonly bounds?: Bounds | undefined;
  /** Where its source has got to with it. */
  readonly place?: string | undefined;
}

/**
 * Renders what is to be published, only to refuse what its template cannot take: the render that counts comes when the log
 * has given it its place, its time and its id.
 * @throws Problem 404 `topic_unknown`, 400 `item_invalid` and those of {@link JsonText.of}, 422 `render_failed` or `fragment_too_large`
 */
export async function dryRun(
  { topic, data, item, bounds, place }: Publication,
  renderer: Renderer,
  read: (topic: Topic) => Promise<TopicRecord>,
): Promise<Draft> {
  const { name, kind, retain } = renderer.widget(topic);
  if (kind === "state" && item !== undefined) {
    throw new Problem(400, "item_invalid", `“${name}” is a state widget, which has no items. Leave ?item= out.`);
  }
  const json = JsonText.of(data);
  const region = regionOf(topic);
  const at = Date.now();
  if (kind === "log") {
    const id = itemId(region.id, item === undefined ? "0" : `=${item}`);
    renderer.fragment(region, { data: json.value, at, history: [], id });
  } else {
    const earlier = retain > 1 ? [...(await read(topic)).values.values()] : [];
    const history = earlier.slice(Math.max(0, earlier.length - retain + 1)).map((value) => value.json.value);
    renderer.fragment(region, { data: json.value, at, history });
  }
  return { op: "publish", topic, json, item, retain, bounds, place };
}
