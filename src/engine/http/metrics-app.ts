import Router from "@koa/router";
import Koa from "koa";
import type { Settings } from "../config/settings.ts";
import type { Report } from "../ops/logger.ts";
import { Metrics } from "../ops/metrics.ts";
import type { Exposition } from "../ops/prometheus.ts";
import { errors } from "./middleware/errors.ts";
import { headers } from "./middleware/headers.ts";
import { knownHost } from "./middleware/origins.ts";
import { believeProxies } from "./request/address.ts";
import { requestId } from "./request/request-id.ts";
import { type HealthParts, healthRoutes } from "./routes/health.ts";
import { metricsRoute } from "./routes/metrics.ts";

export interface MetricsAppParts extends HealthParts {
  readonly settings: Pick<Settings, "hosts">;
  readonly exposition: Exposition;
  readonly report: Report;
}

/** What METRICS_PORT answers: the figures and the health, to whoever reaches it. */
export function createMetricsApp(parts: MetricsAppParts): Koa {
  const { settings, exposition, report } = parts;
  const app = new Koa();
  believeProxies(app, [], () => {});
  app.use(requestId);
  app.use(headers([]));
  app.use(errors({ formats: [], development: false, report, metrics: new Metrics() }));
  // Else a page of anyone's could have its own name lead here, and read it in its visitor's browser.
  app.use(knownHost(settings.hosts));
  const router = new Router({ sensitive: true, strict: true });
  metricsRoute(router, exposition, () => {});
  healthRoutes(router, parts);
  app.use(router.routes()).use(router.allowedMethods());
  return app;
}
