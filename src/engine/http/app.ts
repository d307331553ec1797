import Router from "@koa/router";
import Koa from "koa";
import type { Authorize } from "../access/authorize.ts";
import { OwnIds } from "../access/own-ids.ts";
import { Seals } from "../access/seals.ts";
import type { Tokens } from "../access/tokens.ts";
import type { Action } from "../actions/action.ts";
import type { Broker } from "../broker/broker.ts";
import type { Settings } from "../config/settings.ts";
import { Problem } from "../core/problem.ts";
import { type Topic, widgetOf } from "../core/topic.ts";
import type { Report } from "../ops/logger.ts";
import type { Metrics } from "../ops/metrics.ts";
import type { Exposition } from "../ops/prometheus.ts";
import type { Tracing } from "../ops/tracing.ts";
import type { Presence } from "../presence/presence.ts";
import type { Sources } from "../sources/sources.ts";
import type { Assets } from "../views/assets.ts";
import type { Views } from "../views/views.ts";
import { errors } from "./middleware/errors.ts";
import { fixedRoutes } from "./middleware/fixed-routes.ts";
import { headers } from "./middleware/headers.ts";
import { leaving, type Phase } from "./middleware/leaving.ts";
import { allowedPages, knownHost, ownPages, preflights, visitors } from "./middleware/origins.ts";
import { problemPage } from "./middleware/problem-page.ts";
import { releaseBody } from "./middleware/release-body.ts";
import type { WhatToMend } from "./middleware/to-mend.ts";
import { type Admit, believeProxies } from "./request/address.ts";
import { Allowance } from "./request/allowance.ts";
import { Authorizer } from "./request/authorizer.ts";
import { Guard } from "./request/guard.ts";
import type { PublishRate } from "./request/publish-rate.ts";
import { requestId } from "./request/request-id.ts";
import { type StreamLimits, StreamPlaces } from "./request/stream-places.ts";
import { requireToken } from "./request/token.ts";
import { keyVisitors } from "./request/visitor.ts";
import { actionsRoute } from "./routes/actions.ts";
import { assetsRoutes } from "./routes/assets.ts";
import { eventsRoute } from "./routes/events.ts";
import type { FeatureRoutes } from "./routes/feature-routes.ts";
import { firstPageRoute } from "./routes/first-page.ts";
import { galleryRoutes } from "./routes/gallery.ts";
import { healthRoutes } from "./routes/health.ts";
import { hereRoute } from "./routes/here.ts";
import { joinRoute } from "./routes/join.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { OwnAddresses } from "./routes/own-addresses.ts";
import { fillFrom, type PageData, pageParts, pages } from "./routes/pages.ts";
import { publishRoutes } from "./routes/publish.ts";
import { readersRoutes } from "./routes/readers.ts";
import { streamRoute } from "./routes/stream.ts";
import { topicsRoute } from "./routes/topics.ts";

/** Limits of requests that nobody needs to set, except tests. */
export interface RequestLimits {
  /** How many of the families' topics one address may have running at once; 100 by default. */
  readonly topicsPerAddress?: number | undefined;
  /** How many values a second an address may publish, where no token is needed; by default as `LIMITS` says. */
  readonly publishesASecond?: number | undefined;
  /** How long an action may take; by default as `LIMITS` says. */
  readonly actionMs?: number | undefined;
  /** How long the author's hook may take that says who may what; by default as `LIMITS` says. */
  readonly authorizeMs?: number | undefined;
  /** How many streams there may be; by default as `LIMITS` says. */
  readonly streams?: Partial<StreamLimits> | undefined;
  /** How long a page may open its stream without asking again; an hour by default. */
  readonly sealMs?: number | undefined;
  /** How often open streams are checked again; each minute by default. */
  readonly checkMs?: number | undefined;
}

export interface AppParts {
  readonly settings: Omit<Settings, "port" | "host" | "secret" | "log" | "redisUrl" | "tls" | "drainSeconds">;
  readonly tokens: Tokens;
  readonly publishRate: PublishRate;
  readonly broker: Broker;
  /** Gives the key that signs visitors' cookies and makes their ids. Where it changes, every visitor is a new one. */
  readonly secret: () => string;
  /** The present templates and files: they change while the server runs. */
  readonly views: () => Views;
  readonly assets: () => Assets;
  /** Another one once the templates are others. */
  readonly edition: () => string;
  readonly whatToMend: WhatToMend;
  /** What visitors do, by name. */
  readonly actions: ReadonlyMap<string, Action>;
  /** The author's hook, if there is one. */
  readonly authorize?: Authorize | undefined;
  readonly sources: Pick<Sources, "has" | "isRunning">;
  readonly presence: Presence;
  readonly features: readonly FeatureRoutes[];
  /** Of the widgets, those that are features' own, by name. */
  readonly ownWidgets: ReadonlySet<string>;
  /** What features' own pages see as `data`, by the page's name. */
  readonly pages: Readonly<Record<string, PageData>>;
  readonly limits: RequestLimits;
  readonly phase: Phase;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly exposition: Exposition;
  /** Tells the operator. */
  readonly report: Report;
}

/** Each path has one spelling: no other case, and no slash at the end. */
const EXACT = { sensitive: true, strict: true };

/**
 * Codes of errors that mean that a connection broke. Visitors leave whenever they like: to log each of these would hide real
 * failures, and let strangers fill the log.
 */
const LEFT = /^(ERR_STREAM_PREMATURE_CLOSE|ECONNRESET|EPIPE|ETIMEDOUT|ERR_HTTP2_\w+|ERR_SSL_\w+)$/;

/** The app: the middleware that every request passes, in this order, and then the routes; and at which addresses these are. */
export function createApp(parts: AppParts): { app: Koa; own: OwnAddresses } {
  const { settings, views, assets, edition, whatToMend, features, phase, metrics, report } = parts;
  const app = new Koa();
  believeProxies(app, settings.trustProxy, (address) =>
    report(
      `TRUST_PROXY does not name ${address}, whose X-Forwarded-For is not believed. Add it if it is your proxy's.`,
    ),
  );
  const ownIds = new OwnIds(parts.secret);
  keyVisitors(app, parts.secret, ownIds);
  app.use(requestId);
  app.use(releaseBody);
  app.use(headers(settings.frameAncestors, settings.mediaOrigins));
  const formats = features.flatMap(({ errors }) => errors ?? []);
  const page = problemPage({ views, assets, edition, pagesAreKnown: parts.authorize === undefined });
  app.use(errors({ page, formats, development: settings.development, whatToMend, report, metrics }));
  for (const { intercept } of features) if (intercept !== undefined) app.use(intercept);
  app.use(leaving(phase));
  app.use(knownHost(settings.hosts));
  const { routers, shared, open, unwritten, askedMost, partsOf } = routersOf(parts, ownIds);
  const own = new OwnAddresses(routers);
  app.use(askedMost);
  // Before the routers, which try each of their routes: most of what else is asked for are pages.
  app.use(pages(views, own, partsOf, visitors(settings.frameAncestors)));
  app.use(preflights(shared, settings.corsOrigins));
  for (const router of [...routers, unwritten]) app.use(router.routes());
  app.use(open.allowedMethods());

  // Koa's own errors: a connection broke, or an answer could not be sent.
  app.on("error", (error: NodeJS.ErrnoException) => {
    if (!LEFT.test(error.code ?? "")) report(error);
  });
  return { app, own };
}

/**
 * The routes, on routers by whose pages may use them: of any site; of the allowed origins; this server's own; and visits
 * by a link from anywhere. `unwritten` are shown in place of pages that there are not; `askedMost` come before all.
 */
function routersOf(parts: AppParts, ownIds: OwnIds) {
  const { settings, tokens, broker, views, sources, features, limits, metrics, report } = parts;
  const fill = fillFrom(broker, (topic) => sources.has(topic));
  const admit = admission(parts);
  const authorizer = new Authorizer(parts.authorize, {
    limitMs: limits.authorizeMs,
    development: settings.development,
  });
  const seals = new Seals(parts.secret, limits.sealMs);
  const guard = new Guard({ views, authorizer, tokens, ownIds, seals, checkMs: limits.checkMs });
  const partsOf = pageParts({ views, broker, fill, admit, authorizer, guard, own: parts.pages });

  const open = new Router(EXACT);
  assetsRoutes(open, parts.assets);
  healthRoutes(open, parts);
  metricsRoute(open, parts.exposition, (ctx) => {
    // Where no token could open it there is nothing: so strangers learn of no figures that they might ask for.
    if (!tokens.grants("metrics")) throw new Problem(404, "not_found", "There is nothing at this address.");
    requireToken(ctx, tokens, "metrics");
  });

  const shared = new Router(EXACT).use(allowedPages(settings.corsOrigins));
  const places = new StreamPlaces(limits.streams);
  readersRoutes(shared, parts.presence, tokens, places);
  eventsRoute(shared, { broker, views, admit, guard, places, report });
  publishRoutes(shared, { broker, tokens, rate: parts.publishRate, tracing: parts.tracing });
  topicsRoute(shared, broker, guard);

  const own = new Router(EXACT).use(ownPages);
  actionsRoute({
    router: own,
    actions: parts.actions,
    broker,
    views,
    partsOf,
    fill,
    admit,
    authorizer,
    guard,
    open: settings.forms,
    development: settings.development,
    report,
    metrics,
    mostMs: limits.actionMs,
  });
  joinRoute(own, { views, fill, admit, authorizer, guard });
  streamRoute(own, { broker, views, admit, guard, places, metrics, presence: parts.presence });
  hereRoute(own, parts.presence, parts.edition);

  const linked = new Router(EXACT).use(visitors(settings.frameAncestors));
  const variable = settings.publishToken === undefined ? "$TOKEN" : "$PUBLISH_TOKEN";
  const token = tokens.isOpen("publish") ? undefined : variable;
  const hasSource = (topic: Topic) => sources.has(topic);
  const links = features.flatMap(({ link }) => link ?? []);
  const { showSource } = settings;
  const { isForPages } = guard;
  const { ownWidgets } = parts;
  galleryRoutes(linked, {
    views,
    broker,
    fill,
    authorizer,
    hasSource,
    isForPages,
    token,
    isOpen: settings.forms && token === undefined,
    links,
    ownWidgets,
    showSource,
  });
  const unwritten = new Router(EXACT).use(visitors(settings.frameAncestors));
  // On a public site it is no news for visitors.
  if (showSource) firstPageRoute(unwritten, { views, broker, authorizer, links });

  for (const { routes, origins = "own" } of features) routes?.({ any: open, linked, own }[origins]);
  const askedMost = fixedRoutes([
    { router: shared, method: "GET", path: "/events" },
    { router: shared, method: "POST", path: "/publish", andBelow: true },
    { router: own, method: "GET", path: "/stream" },
    { router: own, method: "GET", path: "/here" },
  ]);
  return { routers: [open, shared, own, linked], open, shared, unwritten, askedMost, partsOf };
}

/** Bounds how many sources run for one address. */
function admission({ sources, limits }: AppParts): Admit {
  const allowance = new Allowance({ most: limits.topicsPerAddress, running: (topic) => sources.isRunning(topic) });
  return (ctx, topic) => {
    if (topic !== widgetOf(topic) && sources.has(topic)) allowance.admit(ctx.ip, topic);
  };
}
