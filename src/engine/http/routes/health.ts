import type Router from "@koa/router";
import type { Context } from "koa";
import type { Tokens } from "../../access/tokens.ts";
import type { Broker } from "../../broker/broker.ts";
import type { Phase } from "../middleware/leaving.ts";

export interface HealthParts {
  readonly broker: Pick<Broker, "size" | "isLogWell">;
  readonly tokens: Pick<Tokens, "problem">;
  readonly phase: Phase;
}

/**
 * `/healthz` says whether the server is there, and does not leave; `/readyz` whether nothing keeps it from all that it is for. What
 * fails is named, and no more is told, since strangers may ask.
 */
export function healthRoutes(router: Router, { broker, tokens, phase }: HealthParts): void {
  const checks = {
    leaving: () => !phase.isLeaving,
    log: () => broker.isLogWell,
    tokens: () => tokens.problem === undefined,
  };
  router.get("/healthz", (ctx) => answer(ctx, !phase.isLeaving, { streams: broker.size }));
  router.get("/readyz", (ctx) => {
    const failing = Object.entries(checks).flatMap(([name, passes]) => (passes() ? [] : [name]));
    answer(ctx, failing.length === 0, { failing });
  });
}

function answer(ctx: Context, ok: boolean, more: object): void {
  ctx.set("Cache-Control", "no-store");
  ctx.status = ok ? 200 : 503;
  ctx.body = { ok, ...more };
}
