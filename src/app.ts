import Router from "@koa/router";
import Koa from "koa";
import type { Broker } from "./broker.ts";
import type { Config } from "./config.ts";
import { type Assets, assetsRoutes } from "./routes/assets.ts";
import { errors } from "./routes/errors.ts";
import { eventsRoute } from "./routes/events.ts";
import { feedRoute } from "./routes/feed.ts";
import { headers } from "./routes/headers.ts";
import { joinRoute } from "./routes/join.ts";
import { knownHost, knownOrigin } from "./routes/origins.ts";
import { pages } from "./routes/pages.ts";
import { publishRoutes } from "./routes/publish.ts";
import type { Topic } from "./topic.ts";
import type { Fill } from "./views/pages.ts";
import type { Views } from "./views.ts";

export interface AppParts {
  readonly config: Pick<Config, "hosts" | "corsOrigins" | "publishToken">;
  readonly broker: Broker;
  /** The present templates and files: they change while the server runs. */
  readonly views: () => Views;
  readonly assets: () => Assets;
  /** Whether a source publishes to a topic, so that a first paint should wait a moment for it. */
  readonly hasSource?: (topic: Topic) => boolean;
  /** Told of what no caller can be told. */
  readonly onError?: (error: unknown) => void;
}

/** How long a first paint waits for a source's first value. */
const FIRST_VALUE_MS = 300;

export function createApp(parts: AppParts): Koa {
  const { config, broker, views, assets, hasSource = () => false, onError = console.error } = parts;
  const fill: Fill = async (region) => {
    if (hasSource(region.topic)) await broker.first(region.topic, FIRST_VALUE_MS);
    return broker.html(region);
  };

  const router = new Router();
  eventsRoute(router, broker);
  publishRoutes(router, broker, config.publishToken);
  feedRoute(router, views, broker);
  joinRoute(router, views, fill);
  assetsRoutes(router, assets);
  router.get("/healthz", (ctx) => {
    ctx.set("Cache-Control", "no-store");
    ctx.body = { ok: true, streams: broker.size };
  });

  const app = new Koa();
  app.use(headers);
  app.use(errors(() => assets().url("style.css")));
  app.use(knownHost(config.hosts));
  app.use(knownOrigin(config.corsOrigins));
  app.use(router.routes());
  app.use(router.allowedMethods());
  app.use(pages(views, broker, fill));

  app.on("error", (error: NodeJS.ErrnoException, ctx?: Koa.Context) => {
    // A reader may close its stream whenever it likes. On any other route it would be an answer that was cut.
    const closedTab = error.code === "ERR_STREAM_PREMATURE_CLOSE" && ctx?.method === "GET" && ctx.path === "/events";
    if (!closedTab) onError(error);
  });
  return app;
}
