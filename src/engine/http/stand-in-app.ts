import Router from "@koa/router";
import Koa from "koa";
import type { Settings } from "../config/settings.ts";
import { encodeEvent } from "../core/event.ts";
import { Problem } from "../core/problem.ts";
import { HEARTBEAT_MS } from "../delivery/heartbeat.ts";
import { Metrics } from "../ops/metrics.ts";
import type { Assets } from "../views/assets.ts";
import { mistakeNotice, mistakePage } from "../views/mistake-page.ts";
import { errors } from "./middleware/errors.ts";
import { headers } from "./middleware/headers.ts";
import { knownHost, ownPages } from "./middleware/origins.ts";
import { believeProxies } from "./request/address.ts";
import { requestId } from "./request/request-id.ts";
import { assetsRoutes } from "./routes/assets.ts";
import { checkAccept, eventStream } from "./routes/event-stream.ts";

export interface StandInParts {
  readonly settings: Pick<Settings, "hosts">;
  /** For the author: what keeps the server from starting. */
  readonly mistake: string;
  /** The engine's own. */
  readonly assets: Assets;
}

/** After what time an open page looks whether the server is back, once this one has ended. */
const RETRY_MS = 400;

/** What answers in place of a server that an author's mistake keeps from starting: every address with the mistake. */
export function createStandIn({ settings, mistake, assets }: StandInParts): Koa {
  const asset = (name: string) => assets.url(name);
  const app = new Koa();
  believeProxies(app, [], () => {});
  app.use(requestId);
  app.use(headers([]));
  const page = async (_: unknown, { message, detail }: Problem) => Buffer.from(mistakePage(message, detail, asset));
  // Nothing is reported of each request: what they all are told is in the log already.
  app.use(errors({ page, formats: [], development: true, report: () => {}, metrics: new Metrics() }));
  // Else a page of anyone's could have its own name lead here, and read an author's lines.
  app.use(knownHost(settings.hosts));
  const router = new Router({ sensitive: true, strict: true });
  assetsRoutes(router, () => assets);
  streamRoute(router, mistakeNotice(mistake, asset));
  app.use(router.routes());
  app.use(() => {
    throw new Problem(503, "mistake", "A mistake keeps this from starting", { detail: mistake });
  });
  app.on("error", () => {}); // a connection that broke
  return app;
}

/** Of pages that are open meanwhile: they keep what they show, and are told why nothing comes. */
function streamRoute(router: Router, notice: string): void {
  router.get("/events", ownPages, (ctx, next) => {
    if (new URLSearchParams(ctx.querystring).has("as")) return next(); // a program's
    checkAccept(ctx);
    ctx.req.resume();
    const stream = eventStream(ctx, false);
    const beat = () => stream.write(encodeEvent({ data: notice }));
    const timer = setInterval(beat, HEARTBEAT_MS);
    stream.out.on("close", () => clearInterval(timer));
    stream.write(encodeEvent({ retry: RETRY_MS }));
    beat();
  });
}
