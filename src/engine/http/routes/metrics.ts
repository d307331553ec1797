import type Router from "@koa/router";
import type { Context } from "koa";
import type { Exposition } from "../../ops/prometheus.ts";

/** `/metrics`, for Prometheus. @param admit throws where who asks may not see it */
export function metricsRoute(router: Router, exposition: Exposition, admit: (ctx: Context) => void): void {
  router.get("/metrics", async (ctx) => {
    admit(ctx);
    ctx.set("Cache-Control", "no-store");
    ctx.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    ctx.body = await exposition.text();
  });
}
