import type Router from "@koa/router";
import type { Broker } from "../../broker/broker.ts";
import type { Phase } from "../middleware/leaving.ts";

/** `/healthz`, where balancers look whether to send visitors here. */
export function healthRoute(router: Router, broker: Broker, phase: Phase): void {
  router.get("/healthz", (ctx) => {
    const ok = !phase.isLeaving;
    ctx.set("Cache-Control", "no-store");
    ctx.status = ok ? 200 : 503;
    ctx.body = { ok, streams: broker.size };
  });
}
