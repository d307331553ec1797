import Router from "@koa/router";
import Koa from "koa";
import type { Chat } from "../../chat/chat.ts";
import { draftOf } from "../../chat/draft.ts";
import { chatForms } from "../../chat/forms.ts";
import { echoForm } from "../../forms/echo.ts";
import { feedForm } from "../../forms/feed.ts";
import { inboxRoutes } from "../../forms/inbox.ts";
import { randomForms } from "../../forms/random.ts";
import { updatesForm } from "../../forms/updates.ts";
import type { Mock } from "../../mock/mock.ts";
import { mockRoutes } from "../../mock/routes.ts";
import type { Broker } from "../broker/broker.ts";
import type { Config } from "../config/config.ts";
import { draining } from "../core/problem.ts";
import type { Topic } from "../core/topic.ts";
import { newSecret } from "../log/log.ts";
import { report } from "../ops/logger.ts";
import type { Assets } from "../views/assets.ts";
import type { Fill } from "../views/page-load.ts";
import type { Views } from "../views/views.ts";
import { errors } from "./middleware/errors.ts";
import { headers } from "./middleware/headers.ts";
import { letGo } from "./middleware/let-go.ts";
import { allowedPages, type IsMock, isMock, knownHost, ownPages, preflights, visitors } from "./middleware/origins.ts";
import { type Admit, believeProxies } from "./request/address.ts";
import { Allowance } from "./request/allowance.ts";
import { keyVisitors } from "./request/visitor.ts";
import { assetsRoutes } from "./routes/assets.ts";
import { eventsRoute } from "./routes/events.ts";
import { Forms } from "./routes/forms.ts";
import { galleryRoutes } from "./routes/gallery.ts";
import { joinRoute } from "./routes/join.ts";
import { pages, shows } from "./routes/pages.ts";
import { publishRoutes } from "./routes/publish.ts";
import { streamRoute } from "./routes/stream.ts";
import { topicsRoute } from "./routes/topics.ts";

export interface AppParts {
  readonly config: Pick<Config, "hosts" | "corsOrigins" | "publishToken"> &
    Partial<Pick<Config, "development" | "trustProxy" | "showSource" | "forms">>;
  readonly broker: Broker;
  /** Keys the cookies and the ids of visitors, who lose them when it changes; of this app alone by default. */
  readonly secret?: () => string;
  /** Without it, nothing takes what the chat page sends. */
  readonly chat?: Chat;
  /** The present templates and files: they change while the server runs. */
  readonly views: () => Views;
  readonly assets: () => Assets;
  /** The mock of OpenAI's API. Without it, there is nothing below /v1. */
  readonly mock?: Mock;
  /** Whether a source publishes to a topic, so that a first paint should wait a moment for it. */
  readonly hasSource?: (topic: Topic) => boolean;
  /** Whether that source is at work. */
  readonly isRunning?: (topic: Topic) => boolean;
  /** How many of the families' topics one address may have running at once; 100 by default. */
  readonly topicsPerAddress?: number;
  /** Whether the server is about to go: /healthz says so, and no connection is kept. */
  readonly isLeaving?: () => boolean;
  /** Whether it takes no new work: what began now might be cut off. */
  readonly isClosing?: () => boolean;
  /** Told of what no caller can be told. */
  readonly onError?: (error: unknown) => void;
}

/** How long a first paint waits for a source's first value. */
const FIRST_VALUE_MS = 300;

/** A path has one spelling, so that nothing is reached by another. */
const EXACT = { sensitive: true, strict: true };

/**
 * How a connection breaks: as Koa calls it, the system, HTTP/2 and TLS. Visitors leave whenever they like, and send what they
 * like: a log that tells of each hides what breaks here, and is filled by whoever wants to.
 */
const LEFT = /^(ERR_STREAM_PREMATURE_CLOSE|ECONNRESET|EPIPE|ETIMEDOUT|ERR_HTTP2_\w+|ERR_SSL_\w+)$/;

export function createApp(parts: AppParts): Koa {
  const { config, broker, views, assets, hasSource = () => false, onError = report } = parts;
  const { isRunning: running = hasSource, topicsPerAddress: most = 100 } = parts;
  const allowance = new Allowance({ most, running });
  const admit: Admit = (ctx, topic) => {
    if (hasSource(topic)) allowance.admit(ctx.ip, topic);
  };
  const fill: Fill = async (region) => {
    if (hasSource(region.topic)) await broker.first(region.topic, FIRST_VALUE_MS);
    return broker.html(region);
  };

  const open = new Router(EXACT);
  if (parts.mock !== undefined) mockRoutes(open, parts.mock);
  const toMock: IsMock = (ctx) => parts.mock !== undefined && isMock(ctx);
  assetsRoutes(open, assets);
  open.get("/healthz", (ctx) => {
    ctx.set("Cache-Control", "no-store");
    // Balancers look here for whom to send visitors to.
    const ok = !parts.isLeaving?.();
    ctx.status = ok ? 200 : 503;
    ctx.body = { ok, streams: broker.size };
  });

  const shared = new Router(EXACT).use(allowedPages(config.corsOrigins));
  eventsRoute(shared, broker, admit);
  publishRoutes(shared, broker, config.publishToken);
  topicsRoute(shared, broker);

  const own = new Router(EXACT).use(ownPages);
  joinRoute(own, views, fill, admit);
  streamRoute(own, views);
  const show = shows({
    views,
    broker,
    fill,
    admit,
    data: { chat: { answeredBy: parts.chat?.answeredBy } },
    drafts: { chat: draftOf },
  });
  const forms = new Forms({ router: own, views, show, open: config.forms ?? true });
  feedForm(forms, views, broker);
  randomForms(forms, views, broker);
  updatesForm(forms, views, broker);
  echoForm(forms, views, broker, fill, admit);
  if (parts.chat !== undefined) chatForms(own, forms, views, parts.chat);
  inboxRoutes({ router: own, forms, views, broker, token: config.publishToken });

  const linked = new Router(EXACT).use(visitors);
  const token = config.publishToken !== undefined;
  galleryRoutes(linked, { views, broker, fill, hasSource, token, showSource: config.showSource ?? true });

  const app = new Koa();
  believeProxies(app, config.trustProxy ?? ["loopback"], (address) =>
    onError(
      `TRUST_PROXY does not name ${address}, whose X-Forwarded-For is not believed. Add it if it is your proxy's.`,
    ),
  );
  const secret = newSecret();
  keyVisitors(app, parts.secret ?? (() => secret));
  app.use(letGo);
  app.use(headers);
  const stylesheet = () => assets().url("style.css");
  app.use(errors({ stylesheet, isMock: toMock, development: config.development ?? false, onError }));
  app.use((ctx, next) => {
    // Connections that were kept alive would bring new work to the last.
    if (parts.isLeaving?.() && ctx.req.httpVersionMajor === 1) ctx.set("Connection", "close");
    if (!parts.isClosing?.() || /^(GET|HEAD|OPTIONS)$/.test(ctx.method)) return next();
    throw draining();
  });
  app.use(knownHost(config.hosts));
  app.use(preflights(shared, config.corsOrigins));
  for (const router of [open, shared, own, linked]) app.use(router.routes());
  app.use(open.allowedMethods());
  app.use(pages(views, show));

  // What Koa tells of itself: that a connection broke, or that it could not send what a route made.
  app.on("error", (error: NodeJS.ErrnoException) => {
    if (!LEFT.test(error.code ?? "")) onError(error);
  });
  return app;
}
