import type Router from "@koa/router";
import type { Presence } from "../../presence/presence.ts";

/**
 * `/here`, by which an open page says that it is still there, when it is asked. The query has `_here`, the id of its stream.
 * Whatever it is, the answer is the same: nobody learns from it which ids there are.
 */
export function hereRoute(router: Router, presence: Presence): void {
  router.get("/here", (ctx) => {
    presence.answered(new URLSearchParams(ctx.querystring).get("_here") ?? "");
    ctx.set("Cache-Control", "no-store");
    ctx.status = 204;
  });
}
