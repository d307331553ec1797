import type Router from "@koa/router";
import { Problem } from "../../core/problem.ts";
import type { Metrics } from "../../ops/metrics.ts";
import type { Presence } from "../../presence/presence.ts";
import type { Views } from "../../views/views.ts";
import type { Guard } from "../request/guard.ts";
import { isEnhanced, pageListIn } from "../request/open-page.ts";
import { html } from "./pages.ts";

export interface StreamRouteParts {
  readonly views: () => Views;
  readonly guard: Guard;
  readonly metrics: Pick<Metrics, "heals">;
  readonly presence?: Pick<Presence, "left">;
  /** The path of the site whose stream it is. */
  readonly base?: string;
}

/**
 * `/stream`, by which an open page whose stream has died gets the stream's element anew, as does one whose seal expires, which
 * says `renewal`. The query has `_regions`, those that it shows, `_cursor`, how far it got, and `_here`, the id of the
 * stream that it had. In place of what may not be
 * shown there any more the page says so, and asks for it no longer.
 */
export function streamRoute(router: Router, { views, guard, metrics, presence, base = "" }: StreamRouteParts): void {
  router.get(`${base}/stream`, async (ctx) => {
    if (!isEnhanced(ctx)) {
      throw new Problem(403, "origin_forbidden", "Only an open page opens its stream again: send HX-Request: true.");
    }
    const query = new URLSearchParams(ctx.querystring);
    const { regions, withheld, page } = await guard.admit(ctx, pageListIn(query));
    // One that is only renewed lives until the page has the new one.
    if (!query.has("renewal")) {
      metrics.heals.add("stream_anew");
      presence?.left(query.get("_here") ?? "");
    }
    const stream = views().restream(regions, query.get("_cursor") ?? undefined, guard.seal(ctx, page));
    html(ctx, views().withheld(withheld) + stream);
  });
}
