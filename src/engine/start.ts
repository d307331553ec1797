import type { Authorize } from "./access/authorize.ts";
import { PublicTopics } from "./access/public-topics.ts";
import { Tokens } from "./access/tokens.ts";
import type { Action } from "./actions/action.ts";
import { type AuthorFolders, loadAuthors } from "./authors.ts";
import { Broker } from "./broker/broker.ts";
import type { Settings } from "./config/settings.ts";
import { SettingsError } from "./config/variables.ts";
import { isPrivate, type Topic, widgetOf } from "./core/topic.ts";
import { Drain } from "./drain.ts";
import type { Feature } from "./feature.ts";
import { createApp, type RequestLimits } from "./http/app.ts";
import { loadKeyPair } from "./http/listen/tls.ts";
import type { WebServer } from "./http/listen/web-server.ts";
import { createMetricsApp } from "./http/metrics-app.ts";
import { PublishRate } from "./http/request/publish-rate.ts";
import { Listeners, type ListenLimits } from "./listeners.ts";
import { type OpenLog, openLog } from "./log/open.ts";
import { Logger, type Report } from "./ops/logger.ts";
import { Metrics } from "./ops/metrics.ts";
import { Exposition } from "./ops/prometheus.ts";
import { registeredTracer, Tracing } from "./ops/tracing.ts";
import { Presence } from "./presence/presence.ts";
import type { SourceModule } from "./sources/every.ts";
import { Sources } from "./sources/sources.ts";
import { hiddenPages, strayTeller } from "./views/files/strays.ts";
import type { HotSwap } from "./views/hot-swap.ts";
import type { Views } from "./views/views.ts";

/** Limits that nobody needs to set, except tests. */
export interface EngineLimits extends RequestLimits, ListenLimits {
  /** Between two heartbeats of a stream; 7,000 by default. */
  readonly heartbeatMs?: number | undefined;
  /** Between two questions to a page whether it is still there, while somebody counts it; 11,000 by default. */
  readonly askMs?: number | undefined;
  /** How long a source runs on after its last reader has left; 5,000 by default. */
  readonly lingerMs?: number | undefined;
}

export interface StartParts {
  readonly folders: AuthorFolders;
  /** All features, also those that are switched off, so that their pages are left out. None by default. */
  readonly features?: readonly Feature[];
  /** Tells the operator; on standard error by default. */
  readonly logger?: Pick<Logger, "report" | "swapped">;
  /** Whether it is started again by itself when code changes, so that nobody is told to. Not by default. */
  readonly isRestarted?: boolean;
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
  /** The names of all that visitors can do. */
  readonly actions: ReadonlySet<string>;
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
 * @throws SettingsError for what the operator has to mend, AuthorError or another that names the file for what the author has
 */
export async function start(settings: Settings, parts: StartParts): Promise<RunningServer> {
  const { folders, features = [], logger = new Logger(), limits = {} } = parts;
  const { report, swapped } = logger;
  const { development } = settings;

  // What may be wrong is read first, while there is nothing to close yet.
  const pair = settings.tls && loadKeyPair(settings.tls);
  const authors = await loadAuthors(folders, features, settings, parts);
  const { current, authorize, actionNames } = authors;
  const views = () => current.views;
  const tokens = new Tokens(settings, { widgets: () => views().widgets.keys(), report });

  const { log, leases, nodes, shared, where } = parts.log ?? (await openLogOf(settings, report));
  const metrics = new Metrics();
  const tracing = new Tracing(registeredTracer());
  const { heartbeatMs, askMs, lingerMs } = limits;
  const watched = { node: nodes.name, heartbeatMs, askMs, onError: report, metrics, tracing };
  const broker = await Broker.open({ log, renderer: current.views, ...watched });
  const isForPages = (topic: Topic) => isPrivate(topic) || views().widgets.get(widgetOf(topic))?.access === "page";
  const presence: Presence = new Presence({
    nodes,
    readers: broker.readers,
    liveness: broker.liveness,
    check: (topic) => void views().widget(topic),
    isPrivate: isForPages,
    runsSource: (topic) => sources.isRunning(topic),
  });
  const outlet = { broker, leases, presence, lingerMs, log: report, metrics, development };
  const sources = new Sources({ sources: authors.sources, ...outlet });

  const secret = () => settings.secret ?? log.secret;
  const publicTopics = new PublicTopics(authorize);
  const isForSome = (topic: Topic) => isForPages(topic) || !publicTopics.has(topic);
  const publishRate = new PublishRate(limits.publishesASecond);
  const common = { broker, tokens, publishRate, metrics, secret, report };
  const words = () => views().words;
  const given = { ...common, leases, sources, actions: actionNames, words, development };
  // Where an author has a page, a feature has none: what is theirs looks the same wherever the feature is off.
  const isFree = ({ elsewhere = [] }: Feature) => !elsewhere.some((page) => views().pages.includes(page));
  const made = features.filter(isFree).map(({ create }) => create?.({ ...given, isPrivate: isForSome }) ?? []);
  const running = (await Promise.all(made)).flat();

  const drain = new Drain();
  const exposition = new Exposition(metrics, () => ({
    streams: broker.size,
    behind: broker.behind,
    topics: broker.topics,
    isReachable: broker.isReachable,
  }));
  const answering = { ...common, settings, exposition, phase: drain };
  const { app, own } = createApp({
    ...answering,
    views,
    assets: () => current.assets,
    edition: () => current.edition,
    whatToMend: (path) => current.toMend(path),
    actions: new Map([...authors.actions, ...running.flatMap(({ actions = {} }) => Object.entries(actions))]),
    authorize,
    sources,
    presence,
    features: running,
    ownWidgets: new Set(features.flatMap(({ widgets = [] }) => widgets)),
    pages: Object.assign({}, ...running.map(({ pages }) => pages)),
    limits,
    tracing,
  });
  const [answer, answerMetrics] = [app.callback(), createMetricsApp(answering).callback()];
  const listeners = new Listeners({ settings, pair, answer, answerMetrics, limits, metrics, report });
  const mistaken = (mistake: string) => {
    report(mistake);
    return development; // visitors are not shown an author's lines
  };
  const outdated = parts.isRestarted ? () => {} : report;
  const tellStrays = strayTeller(report);
  const ceded = features.flatMap(({ elsewhere = [] }) => elsewhere);
  const inUse = ({ strays, paths }: Views) => tellStrays([...strays, ...hiddenPages(paths.files, own, ceded)]);
  const stopSwapping = settings.hotSwap
    ? await current.start(broker, { swapped, mistaken, outdated, inUse })
    : () => {};
  if (!settings.hotSwap) inUse(current.views);
  const at = await listeners.open().catch(async (error) => {
    stopSwapping();
    await broker.close();
    throw error;
  });
  void current.assets.compress(); // by now, so that the first page does not wait for it
  const stopLooking = tokens.start();
  sources.start();
  for (const feature of running) feature.start?.();

  const { web } = listeners;
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopSwapping();
    stopLooking();
    listeners.stopRenewing();
    const drainMs = 1000 * settings.drainSeconds;
    const draining = { web, broker, sources, presence, features: running, shared, drainMs, report };
    stopped ??= drain.run(draining).then(() => {
      exposition.stop();
      listeners.closeMetrics();
    });
    return stopped;
  };
  return {
    ...at,
    where,
    broker,
    sources,
    presence,
    tokens,
    metrics,
    exposition,
    actions: actionNames,
    current,
    web,
    stop,
  };
}

/** @throws SettingsError: whatever keeps a log from being opened is the operator's to mend */
function openLogOf({ log, redisUrl }: Settings, report: Report): Promise<OpenLog> {
  return openLog({ log, redisUrl, report }).catch((cause) => {
    throw new SettingsError([cause instanceof Error ? cause.message : String(cause)], { cause });
  });
}
