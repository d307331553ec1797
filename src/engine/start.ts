import { pathToFileURL } from "node:url";
import type { Authorize } from "./access/authorize.ts";
import { loadAuthorize } from "./access/file.ts";
import { PublicTopics } from "./access/public-topics.ts";
import { Tokens } from "./access/tokens.ts";
import type { Action } from "./actions/action.ts";
import { loadActions } from "./actions/files.ts";
import { Broker } from "./broker/broker.ts";
import type { Settings } from "./config/settings.ts";
import { SettingsError } from "./config/variables.ts";
import { isPrivate, type Topic, widgetOf } from "./core/topic.ts";
import { Drain } from "./drain.ts";
import type { Feature } from "./feature.ts";
import { createApp } from "./http/app.ts";
import { mostConnections, openFiles } from "./http/listen/connections.ts";
import { listen, urlOf } from "./http/listen/listen.ts";
import { createServer, type TimeLimits } from "./http/listen/server.ts";
import { loadKeyPair, renewKeyPair } from "./http/listen/tls.ts";
import type { WebServer } from "./http/listen/web-server.ts";
import { createMetricsApp } from "./http/metrics-app.ts";
import type { StreamLimits } from "./http/request/stream-places.ts";
import { type OpenLog, openLog } from "./log/open.ts";
import { Logger, type Report } from "./ops/logger.ts";
import { Metrics } from "./ops/metrics.ts";
import { Exposition } from "./ops/prometheus.ts";
import { Presence } from "./presence/presence.ts";
import type { SourceModule } from "./sources/every.ts";
import { loadSources } from "./sources/files.ts";
import { Sources } from "./sources/sources.ts";
import { HotSwap } from "./views/hot-swap.ts";

/** Where an author's files are, as absolute paths. */
export interface AuthorFolders {
  readonly views: string;
  readonly public: string;
  /** Undefined: there are no sources. */
  readonly sources?: string;
  /** Without it, visitors do nothing. */
  readonly actions?: string;
  /** Who may what, if there is such a file: without its ending. */
  readonly authorize?: string;
}

/** Limits that nobody needs to set, except tests. */
export interface EngineLimits {
  /** Between two heartbeats of a stream; 15,000 by default. */
  readonly heartbeatMs?: number | undefined;
  /** Between two questions to a page whether it is still there, while somebody counts it; 11,000 by default. */
  readonly askMs?: number | undefined;
  /** How long a source runs on after its last reader has left; 5,000 by default. */
  readonly lingerMs?: number | undefined;
  /** How many of the families' topics one address may have running at once; 100 by default. */
  readonly topicsPerAddress?: number | undefined;
  /** How many values a second an address may publish, where no token is needed; by default as `LIMITS` says. */
  readonly publishesASecond?: number | undefined;
  /** How long an action may take; by default as `LIMITS` says. */
  readonly actionMs?: number | undefined;
  /** How many streams there may be; by default as `LIMITS` says. */
  readonly streams?: Partial<StreamLimits> | undefined;
  /** How many connections there may be; by default as many as `LIMITS` and the system allow. */
  readonly connections?: number | undefined;
  /** Between two looks whether the certificate was renewed; 10,000 by default. */
  readonly renewMs?: number | undefined;
  /** How long the author's hook may take that says who may what; by default as `LIMITS` says. */
  readonly authorizeMs?: number | undefined;
  /** How long a page may open its stream without asking again; 3,600,000 by default. */
  readonly sealMs?: number | undefined;
  /** Between two checks whether an open stream may go on; 60,000 by default. */
  readonly checkMs?: number | undefined;
  /** How slow a connection may be. */
  readonly connection?: Partial<TimeLimits> | undefined;
}

export interface StartParts {
  readonly folders: AuthorFolders;
  /** All features, also those that are switched off, so that their pages are left out. None by default. */
  readonly features?: readonly Feature[];
  /** Tells the operator; on standard error by default. */
  readonly logger?: Pick<Logger, "report" | "swapped">;
  /** In place of the log that the settings name. */
  readonly log?: OpenLog;
  /** In place of those in the folder. */
  readonly sources?: ReadonlyMap<string, SourceModule>;
  /** In place of those in the folder. */
  readonly actions?: ReadonlyMap<string, Action>;
  /** In place of the file. */
  readonly authorize?: Authorize;
  readonly limits?: EngineLimits;
}

export interface RunningServer {
  /** For a person on this machine. */
  readonly url: string;
  readonly port: number;
  /** Where METRICS_PORT is. */
  readonly metricsPort: number | undefined;
  /** Where the log is: ends a sentence that begins “its log is …”. */
  readonly where: string;
  readonly broker: Broker;
  readonly sources: Sources;
  readonly presence: Presence;
  readonly metrics: Metrics;
  readonly exposition: Exposition;
  readonly tokens: Tokens;
  /** The templates and files as they were last without a mistake. */
  readonly current: Pick<HotSwap, "views" | "assets">;
  readonly web: WebServer;
  /**
   * Takes nothing more, ends the streams spread over most of DRAIN_SECONDS, and closes everything; once, however often it is
   * called.
   */
  stop(): Promise<void>;
}

/**
 * The whole server from its settings: here, and nowhere else, all parts are put together. Resolves once it listens.
 * @throws SettingsError for what the operator has to mend, TemplateError or another that names the file for what the author has
 */
export async function start(settings: Settings, parts: StartParts): Promise<RunningServer> {
  const { folders, features = [], logger = new Logger(), limits = {} } = parts;
  const { report, swapped } = logger;
  const [on, off] = [features.filter(({ create }) => create), features.filter(({ create }) => !create)];

  // What may be wrong is read first, while there is nothing to close yet.
  const pair = settings.tls && loadKeyPair(settings.tls);
  const authors = parts.actions ?? (await actionsIn(folders));
  const authorize = parts.authorize ?? (await hookIn(folders));
  const actions = new Set([...authors.keys(), ...on.flatMap(({ actions = [] }) => actions)]);
  const current = new HotSwap(folders, {
    actions,
    development: settings.development,
    absent: off.flatMap(({ pages = [] }) => pages),
  });
  const tokens = new Tokens(settings, { widgets: () => current.views.widgets.keys(), report });
  const modules = parts.sources ?? (await sourcesIn(folders, current));

  const { log, leases, nodes, shared, where } = parts.log ?? (await openLogOf(settings, report));
  const metrics = new Metrics();
  const { heartbeatMs, askMs, lingerMs } = limits;
  const renderer = current.views;
  const broker = await Broker.open({ log, renderer, node: nodes.name, heartbeatMs, askMs, onError: report, metrics });
  const views = () => current.views;
  const isForPages = (topic: Topic) => isPrivate(topic) || views().widgets.get(widgetOf(topic))?.access === "page";
  const presence: Presence = new Presence({
    nodes,
    readers: broker.readers,
    liveness: broker.liveness,
    check: (topic) => void views().widget(topic),
    isPrivate: isForPages,
    runsSource: (topic) => sources.isRunning(topic),
  });
  const sources = new Sources({ sources: modules, broker, leases, presence, lingerMs, log: report, metrics });
  const { development } = settings;
  const secret = () => settings.secret ?? log.secret;
  const publicTopics = new PublicTopics(authorize);
  const isForSome = (topic: Topic) => isForPages(topic) || !publicTopics.has(topic);
  const trusted = { tokens, secret, isPrivate: isForSome };
  const given = { broker, leases, sources, actions, metrics, ...trusted, development, report };
  const running = await Promise.all(features.flatMap(({ create }) => create?.(given) ?? []));
  const drain = new Drain();
  const exposition = new Exposition(metrics, () => ({
    streams: broker.size,
    behind: broker.behind,
    topics: broker.topics,
    isReachable: broker.isReachable,
  }));
  const app = createApp({
    settings,
    tokens,
    broker,
    secret,
    views,
    assets: () => current.assets,
    actions: new Map([...authors, ...running.flatMap(({ actions = {} }) => Object.entries(actions))]),
    authorize,
    authorizeMs: limits.authorizeMs,
    sources,
    presence,
    features: running,
    pages: Object.assign({}, ...running.map(({ pages }) => pages)),
    topicsPerAddress: limits.topicsPerAddress,
    publishesASecond: limits.publishesASecond,
    actionMs: limits.actionMs,
    streams: limits.streams,
    sealMs: limits.sealMs,
    checkMs: limits.checkMs,
    phase: drain,
    metrics,
    exposition,
    report,
  });
  const most = limits.connections ?? mostConnections(openFiles(), report);
  const web = createServer(app.callback(), limits.connection, pair, { most, metrics, report });
  const onlooker = {
    swapped,
    mistaken: (mistake: string) => {
      report(mistake);
      return settings.development; // visitors are not shown an author's lines
    },
  };
  const stopSwapping = settings.hotSwap ? await current.start(broker, onlooker) : () => {};
  const forMetrics = createServer(
    createMetricsApp({ settings, exposition, broker, tokens, phase: drain, report }).callback(),
  );
  const addresses = await Promise.all([
    listen(web, settings),
    settings.metrics && listen(forMetrics, settings.metrics, "METRICS_"),
  ]).catch(async (error) => {
    for (const server of [web, forMetrics]) server.close();
    stopSwapping();
    await broker.close();
    throw error;
  });
  const stopRenewing =
    pair &&
    renewKeyPair(settings.tls!, pair, {
      use: (renewed) => web.setSecureContext?.(renewed),
      report,
      lookMs: limits.renewMs,
    });
  const stopLooking = tokens.start();
  sources.start();
  for (const feature of running) feature.start?.();

  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopSwapping();
    stopRenewing?.();
    stopLooking();
    const drainMs = 1000 * settings.drainSeconds;
    const draining = { web, broker, sources, presence, features: running, shared, drainMs, report };
    stopped ??= drain.run(draining).then(() => {
      exposition.stop();
      forMetrics.close();
      forMetrics.closeAllConnections();
    });
    return stopped;
  };
  const [address, { port: metricsPort } = { port: undefined }] = addresses;
  const url = urlOf(pair ? "https" : "http", settings.host, address);
  return {
    url,
    port: address.port,
    metricsPort,
    where,
    broker,
    sources,
    presence,
    tokens,
    metrics,
    exposition,
    current,
    web,
    stop,
  };
}

async function sourcesIn({ sources }: AuthorFolders, { views }: HotSwap): Promise<ReadonlyMap<string, SourceModule>> {
  if (sources === undefined) return new Map();
  return loadSources(pathToFileURL(`${sources}/`), (topic) => void views.widget(topic));
}

async function actionsIn({ actions }: AuthorFolders): Promise<ReadonlyMap<string, Action>> {
  return actions === undefined ? new Map() : loadActions(pathToFileURL(`${actions}/`));
}

async function hookIn({ authorize }: AuthorFolders): Promise<Authorize | undefined> {
  return authorize === undefined ? undefined : loadAuthorize(authorize);
}

/** @throws SettingsError: whatever keeps a log from being opened is the operator's to mend */
function openLogOf({ log, redisUrl }: Settings, report: Report): Promise<OpenLog> {
  return openLog({ log, redisUrl, report }).catch((cause) => {
    throw new SettingsError([cause instanceof Error ? cause.message : String(cause)], { cause });
  });
}
