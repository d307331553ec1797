import type { Authorize } from "../engine/access/authorize.ts";
import type { Action } from "../engine/actions/action.ts";
import { foldersIn } from "../engine/authors.ts";
import { readSettings } from "../engine/config/settings.ts";
import { Variables } from "../engine/config/variables.ts";
import { parseCursor } from "../engine/core/cursor.ts";
import type { Json } from "../engine/core/json.ts";
import { LocalLeases } from "../engine/core/lease.ts";
import { LocalNodes } from "../engine/core/nodes.ts";
import { parseItem, parseTopic } from "../engine/core/topic.ts";
import { MemoryLog } from "../engine/log/memory.ts";
import { Logger } from "../engine/ops/logger.ts";
import type { Level } from "../engine/ops/outlet.ts";
import type { Source } from "../engine/sources/every.ts";
import { start } from "../engine/start.ts";
import { SAMPLE_TIME } from "../engine/views/files/samples.ts";
import { readFeatures } from "../features.ts";
import { importTypeScript } from "../typescript.ts";
import { told } from "./author-views.ts";
import type { Collected } from "./collected.ts";
import { TestVisitor } from "./visitor.ts";

export interface StartOptions {
  /** The folder of the project, with `views`, `public` and `src` in it; the working directory by default. */
  readonly project?: string;
  /** In place of its `views`. */
  readonly views?: string;
  /** In place of its `public`. */
  readonly public?: string;
  /** In place of those in `src/sources`, by topic: `{}` for none. */
  readonly sources?: Readonly<Record<string, Source>>;
  /** In place of those in `src/actions`, by name. */
  readonly actions?: Readonly<Record<string, Action>>;
  /** In place of `src/authorize.ts`. */
  readonly authorize?: Authorize;
  /** Settings, as the environment has them: `{ CHAT: "off" }`. Nothing is read of the environment itself. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long {@link Collected.nth} and `settled()` wait; 4,000 by default: less than the 5 s that vitest gives a test. */
  readonly patienceMs?: number;
}

/** A server with its first visitor. */
export interface TestBrooklet extends Pick<TestVisitor, "page" | "collect" | "press"> {
  /** For `fetch()`, or a browser. */
  readonly url: string;
  /** Another visitor, with cookies of their own. */
  visitor(): TestVisitor;
  /** Publishes a value. @throws Error with the reason, the file and the line where its widget does not take it */
  publish(topic: string, data: Json, options?: { readonly item?: string }): Promise<void>;
  /** Takes an item of a list away. */
  remove(topic: string, item: string): Promise<void>;
  /** Empties a topic. */
  clear(topic: string): Promise<void>;
  /** The newest value of a topic; undefined where it has none. */
  latest(topic: string): Promise<Json | undefined>;
  /** Resolves once all that has been published is in all that is collected. */
  settled(): Promise<void>;
  /** What the operator has been told, oldest first. */
  readonly reports: readonly { readonly level: Level; readonly text: string }[];
  stop(): Promise<void>;
}

/** Between two heartbeats of a stream, each of which tells how far it is. */
const HEARTBEAT_MS = 100;

/** Its time stands still, so that what it renders is always the same. */
class TimelessLog extends MemoryLog {
  override now(): number {
    return SAMPLE_TIME;
  }
}

/**
 * Starts a server on a free port, with all that the author has written; its log is in memory, and its time stands still at
 * 2026-11-21T14:03:07Z. To be stopped when the test is over.
 * @throws Error that names the file for what its author has to mend, SettingsError for what `env` has
 */
export async function startBrooklet(options: StartOptions = {}): Promise<TestBrooklet> {
  const { patienceMs = 4_000, authorize } = options;
  // Built, this is run by Node itself, and so is what it imports; else the runner of the tests reads TypeScript.
  if (import.meta.filename.endsWith(".js")) importTypeScript();
  const { project = ".", views, public: files } = options;
  const known = foldersIn(project);
  const folders = { ...known, ...(views && { views }), ...(files && { public: files }) };
  const reports: { level: Level; text: string }[] = [];
  const variables = new Variables({ MOCK_TTFT_MS: "0", MOCK_TOKENS_PER_SECOND: "10000", ...options.env });
  const settings = readSettings(variables);
  const features = readFeatures(variables);
  variables.check();
  const sources =
    options.sources &&
    new Map(Object.entries(options.sources).map(([name, source]) => [name, { source, always: false }]));
  const server = await start(
    { ...settings, port: 0, drainSeconds: 0, hotSwap: false, development: true },
    {
      folders,
      features: features(),
      logger: new Logger((level, text) => reports.push({ level, text })),
      log: {
        log: new TimelessLog(),
        leases: new LocalLeases(),
        nodes: new LocalNodes(),
        shared: false,
        where: "in memory, and ends with its test",
      },
      ...(sources && { sources }),
      ...(options.actions && { actions: new Map(Object.entries(options.actions)) }),
      ...(authorize && { authorize }),
      limits: { heartbeatMs: HEARTBEAT_MS, lingerMs: 0 },
    },
  );
  const { url, broker, actions, current, web } = server;
  const open: Collected[] = [];
  const closing = new AbortController();
  const visited = {
    url,
    broker,
    actions,
    patienceMs,
    views: current.views,
    signal: closing.signal,
    onCollect: (collected: Collected) => open.push(collected),
  };
  const first = new TestVisitor(visited);
  return {
    url,
    reports,
    page: (address) => first.page(address),
    collect: (region, where) => first.collect(region, where),
    press: (action, given, where) => first.press(action, given, where),
    visitor: () => new TestVisitor(visited),
    publish: (topic, data, { item } = {}) =>
      told(async () => {
        const named = item === undefined ? undefined : parseItem(item);
        await broker.publish([{ topic: parseTopic(topic), data, item: named }]);
      }),
    remove: async (topic, item) => void (await broker.remove(parseTopic(topic), parseItem(item))),
    clear: async (topic) => void (await broker.clear(parseTopic(topic))),
    latest: async (topic) => broker.latest(parseTopic(topic)),
    settled: async () => {
      const { seq } = parseCursor(broker.cursor())!;
      await Promise.all(open.map((collected) => collected.reaches(seq)));
    },
    stop: async () => {
      closing.abort();
      web.closeAllConnections();
      await server.stop();
    },
  };
}
