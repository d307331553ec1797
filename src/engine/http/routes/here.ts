import type Router from "@koa/router";
import type { Presence } from "../../presence/presence.ts";

/**
 * `/here`, by which an open page says that it is still there, when it is asked. The query has `_here`, the id of its stream.
 * Whatever it is, the answer is the same: nobody learns from it which ids there are. With `mended` in the query it is a page that shows
 * a mistake (see mistake-page.ts): it is loaded again once the edition of the templates is another one than it has there.
 */
export function hereRoute(router: Router, presence: Presence, edition: () => string): void {
  router.get("/here", (ctx) => {
    const query = new URLSearchParams(ctx.querystring);
    presence.answered(query.get("_here") ?? "");
    if ((query.get("mended") ?? edition()) !== edition()) ctx.set("HX-Refresh", "true");
    ctx.set("Cache-Control", "no-store");
    ctx.status = 204;
  });
}
