import type Router from "@koa/router";
import type { Context } from "koa";
import type { Broker } from "../../broker/broker.ts";
import { Problem } from "../../core/problem.ts";
import type { Metrics } from "../../ops/metrics.ts";
import type { Presence } from "../../presence/presence.ts";
import { askedAfter, opensStream } from "../../views/asking-beat.ts";
import type { Views } from "../../views/views.ts";
import type { Admit } from "../request/address.ts";
import type { Admission, Guard } from "../request/guard.ts";
import { isEnhanced, pageListIn } from "../request/open-page.ts";
import type { StreamPlaces } from "../request/stream-places.ts";
import { countedVisitor } from "../request/visitor.ts";
import { html } from "./pages.ts";

export interface StreamRouteParts {
  readonly broker: Broker;
  readonly views: () => Views;
  readonly admit: Admit;
  readonly guard: Guard;
  readonly places: StreamPlaces;
  readonly metrics: Pick<Metrics, "heals">;
  readonly presence?: Pick<Presence, "left">;
  /** The path of the site whose stream it is. */
  readonly base?: string;
}

/**
 * `/stream`, by which an open page that is not live is brought up to date, and gets its stream's element anew where another one may
 * help: because its stream has died, nothing arrives by it, or there was no place for it (see asking-beat.ts). One whose seal
 * expires gets that element alone, and says `renewal`. The query has `_regions`, those that it shows, `_cursor`, how far it got,
 * `_here`, the id by which it is known, and `_asked`, how it asked the last time. In place of what may not be shown there any more
 * the page says so, and asks for it no longer.
 */
export function streamRoute(router: Router, parts: StreamRouteParts): void {
  const { views, guard, base = "" } = parts;
  router.get(`${base}/stream`, async (ctx) => {
    if (!isEnhanced(ctx)) {
      throw new Problem(403, "origin_forbidden", "Only an open page opens its stream again: send HX-Request: true.");
    }
    const query = new URLSearchParams(ctx.querystring);
    const admission = await guard.admit(ctx, pageListIn(query));
    const { regions, withheld, page } = admission;
    const streamFrom = (cursor: string | undefined) => views().restream(regions, cursor, guard.seal(ctx, page));
    const cursor = query.get("_cursor") ?? undefined;
    // One that is only renewed lives until the page has the new one.
    const isLive = query.has("renewal") || regions.length === 0;
    const news = isLive ? streamFrom(cursor) : await newsFor(ctx, query, admission, { ...parts, streamFrom });
    html(ctx, views().withheld(withheld) + news);
  });
}

interface NewsParts extends StreamRouteParts {
  /** Gives the stream's element, from a cursor on. */
  readonly streamFrom: (cursor: string | undefined) => string;
}

async function newsFor(
  ctx: Context,
  query: URLSearchParams,
  { regions, withheld, expiresAt }: Admission,
  { broker, views, admit, guard, places, metrics, presence, streamFrom }: NewsParts,
): Promise<string> {
  const [here, cursor, before] = ["_here", "_cursor", "_asked"].map((name) => query.get(name));
  const asked = askedAfter(before!, !places.isFull(countedVisitor(ctx)));
  const opens = opensStream(asked);
  if (opens) presence?.left(here ?? "");
  if (before === null) metrics.heals.add("stream_anew");
  const isAged = expiresAt - Date.now() < guard.lifeMs / 2;
  const needsStream = opens || withheld.length > 0 || isAged;
  let leave: (() => void) | undefined;
  try {
    for (const { topic } of regions) admit(ctx, topic);
    // It is kept for a while as a reader with a stream is; and whoever makes up ids could be any number of them.
    if (asked === "tabs") leave = places.take(ctx.ip);
    const news = await broker.news({ regions, cursor: cursor ?? "", id: here ?? "", onGone: leave });
    if (news.ended) return news.html + views().pulse("ended");
    if (news.id !== undefined && news.id !== here) presence?.left(here ?? "");
    const beat = views().askingBeat(asked, { before: before!, cursor: news.cursor, more: news.notice });
    const id = news.id === undefined ? "" : views().streamId(news.id);
    // Before the id, which stands in it.
    return news.html + (needsStream ? streamFrom(news.cursor) : "") + beat + id;
  } catch (error) {
    leave?.();
    // Nothing can be read for it just now: its stream is told when to come back.
    if (!(error instanceof Problem) || (error.status !== 429 && error.status !== 503)) throw error;
    return streamFrom(cursor ?? undefined);
  }
}
