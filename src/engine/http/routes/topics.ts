import type Router from "@koa/router";
import type { Broker } from "../../broker/broker.ts";
import type { Reading } from "../../broker/publisher.ts";
import { Problem } from "../../core/problem.ts";
import { itemKey, itemName } from "../../core/region.ts";
import type { ItemName } from "../../core/topic.ts";
import { type Value, versionOf } from "../../log/record.ts";
import { staleJson } from "../../regions/stale.ts";
import { etagOf, isKnown } from "../request/etag.ts";
import type { Guard } from "../request/guard.ts";
import { itemOf, topicBehind } from "../request/topic-path.ts";

const BASE = "/topics/";

/**
 * `GET /topics/<topic>`, for programs: what a topic holds now, and with `?item=` one item of it.
 *
 *     {"topic", "kind", "version", "cursor", "stale"?: {"since", "reason"}, "ended"?: true, "values": [{"item"?, "at",
 * "data"}]}
 *
 * `data` is the JSON as it was published, `at` when. A state holds one value at most, a list all of its items. A stream from
 * `cursor` on tells of each change that is not in it. The ETag is for a change's `If-Match`: no notice, no end and no deploy
 * makes it another one. `version` is the same without its quotes, for those whose proxy compresses and so makes the ETag weak.
 * No source starts for whoever asks. What is for pages alone a program reads with a token.
 */
export function topicsRoute(router: Router, broker: Broker, guard: Guard): void {
  router.get(/^\/topics\/.*$/, async (ctx) => {
    const topic = topicBehind(BASE, ctx);
    const item = itemOf(ctx);
    await guard.admitProgram(ctx, [topic]);
    const reading = await broker.read(topic);
    const values = valuesOf(reading, item);
    const { log, record, stale } = reading;
    const version = versionOf(log, record, item);
    // Caches ask each time; and what is compressed on its way would have a weak ETag, of no use in If-Match.
    ctx.set({ "Cache-Control": "no-cache, no-transform", ETag: etagOf(version) });
    // That nothing more comes is not in the ETag, and is not to be missed by whoever asks for news only.
    if (isKnown(ctx, version) && stale === null && record.ended === 0) {
      ctx.status = 304;
      return;
    }
    ctx.type = "application/json";
    const { kind, cursor } = reading;
    const notices = { ...(stale !== null && { stale: staleJson(stale) }), ...(record.ended > 0 && { ended: true }) };
    ctx.body = bodyOf({ topic, kind, version, cursor, ...notices }, values);
  });
}

/** @throws Problem 404 `item_unknown` */
function valuesOf({ kind, record }: Reading, item: ItemName | undefined): Value[] {
  const values = [...record.values.values()];
  if (item === undefined) return kind === "state" ? values.slice(-1) : values;
  const value = record.values.get(itemKey(item));
  if (value === undefined) {
    const title =
      "The topic holds no item of that name: it was never published, or it has been removed, or newer ones took its place.";
    throw new Problem(404, "item_unknown", title);
  }
  return [value];
}

function bodyOf(about: object, values: readonly Value[]): string {
  return `${JSON.stringify(about).slice(0, -1)},"values":[${values.map(textOf).join()}]}`;
}

/** Digit for digit as it was published. */
function textOf({ key, at, json }: Value): string {
  const about = JSON.stringify({ item: itemName(key), at: new Date(at).toISOString() }).slice(0, -1);
  return `${about},"data":${json.text}}`;
}
