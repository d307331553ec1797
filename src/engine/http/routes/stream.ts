import type Router from "@koa/router";
import { Problem } from "../../core/problem.ts";
import type { Metrics } from "../../ops/metrics.ts";
import type { Views } from "../../views/views.ts";
import { isEnhanced, regionsIn } from "../request/open-page.ts";
import { html } from "./pages.ts";

/**
 * `/stream`, by which an open page whose stream has died gets the stream's element anew. The query has `_regions`, those that it
 * shows, and `_cursor`, how far it got.
 */
export function streamRoute(router: Router, views: () => Views, { heals }: Metrics, base = ""): void {
  router.get(`${base}/stream`, (ctx) => {
    if (!isEnhanced(ctx)) {
      throw new Problem(403, "origin_forbidden", "Only an open page opens its stream again: send HX-Request: true.");
    }
    const query = new URLSearchParams(ctx.querystring);
    const regions = regionsIn(query);
    heals.add("stream_anew");
    html(ctx, views().restream(regions, query.get("_cursor") ?? undefined));
  });
}
