import type Router from "@koa/router";
import { Problem } from "../../core/problem.ts";
import { parseRegions } from "../../core/region.ts";
import type { Views } from "../../views/views.ts";
import { isEnhanced } from "./forms.ts";
import { html } from "./pages.ts";

/**
 * The element of an open page's stream again: what a page asks for whose stream has died, however that died. `regions` are
 * those that it has, `cursor` is where it got to.
 */
export function streamRoute(router: Router, views: () => Views): void {
  router.get("/stream", (ctx) => {
    if (!isEnhanced(ctx)) {
      throw new Problem(403, "origin_forbidden", "Only an open page opens its stream again: send HX-Request: true.");
    }
    const query = new URLSearchParams(ctx.querystring);
    const regions = parseRegions(query.getAll("regions").join(","));
    html(ctx, views().restream(regions, query.get("cursor") ?? undefined));
  });
}
