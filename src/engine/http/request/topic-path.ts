import type { Context } from "koa";
import { Problem } from "../../core/problem.ts";
import { type ItemName, parseItem, parseTopic, type Topic } from "../../core/topic.ts";

/**
 * The topic that the path names behind `base`, such as `/publish/`. The path is taken apart here: the router would decode it,
 * and not refuse what it cannot decode.
 * @throws Problem 400 `topic_invalid`
 */
export function topicBehind(base: string, ctx: Context): Topic {
  const written = ctx.path.slice(base.length);
  // Each segment by itself, so that an encoded slash is no separator.
  return parseTopic(written.includes("%") ? written.split("/").map(decodeSegment).join("/") : written);
}

/** @throws Problem 400 `item_invalid` */
export function itemOf(ctx: Context): ItemName | undefined {
  if (ctx.querystring === "") return undefined;
  const item = new URLSearchParams(ctx.querystring).get("item");
  return item === null ? undefined : parseItem(item);
}

function decodeSegment(text: string): string {
  try {
    const segment = decodeURIComponent(text);
    if (!segment.includes("/")) return segment;
  } catch {}
  throw new Problem(
    400,
    "topic_invalid",
    "The topic's percent-encoding is malformed. No character of a topic needs any.",
  );
}
