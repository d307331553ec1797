import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Backend } from "../../src/chat/backend.ts";
import type { ChatParts } from "../../src/chat/chat.ts";
import type { Keep } from "../../src/chat/conversation-list.ts";
import { chat } from "../../src/chat/feature.ts";
import type { Limits } from "../../src/chat/patience.ts";
import { readChatSettings } from "../../src/chat/settings.ts";
import { authorize, type Decide } from "../../src/engine/access/authorize.ts";
import type { Action } from "../../src/engine/actions/action.ts";
import { loadActions } from "../../src/engine/actions/files.ts";
import { readSettings, type Settings } from "../../src/engine/config/settings.ts";
import { Variables } from "../../src/engine/config/variables.ts";
import { type Leases, LocalLeases } from "../../src/engine/core/lease.ts";
import { LocalNodes } from "../../src/engine/core/nodes.ts";
import type { Feature } from "../../src/engine/feature.ts";
import { type KeyPair, loadKeyPair } from "../../src/engine/http/listen/tls.ts";
import type { Log } from "../../src/engine/log/log.ts";
import { MemoryLog } from "../../src/engine/log/memory.ts";
import type { OpenLog } from "../../src/engine/log/open.ts";
import type { Report } from "../../src/engine/ops/logger.ts";
import type { SourceModule } from "../../src/engine/sources/every.ts";
import { type EngineLimits, type RunningServer, start as startEngine } from "../../src/engine/start.ts";
import type { Assets } from "../../src/engine/views/assets.ts";
import type { Views } from "../../src/engine/views/views.ts";
import { mock } from "../../src/mock/feature.ts";
import { createMock, type Mock } from "../../src/mock/mock.ts";
import { FIXTURES, ROOT, writeFiles } from "./folders.ts";

export interface Options extends EngineLimits {
  /** A folder of templates; the fixtures by default. */
  views?: string;
  /** A folder of what pages refer to; the fixtures by default. */
  public?: string;
  /** In memory by default. */
  log?: Log;
  leases?: Leases;
  /** Other settings than those of an empty environment. */
  config?: Partial<Settings>;
  /** What publishes by itself: nothing, by default. */
  sources?: Readonly<Record<string, SourceModule["source"]>>;
  /** What visitors do, by name; besides what the fixtures have. */
  actions?: Readonly<Record<string, Action>>;
  /** Who may what; everybody may everything, by default. */
  authorize?: Decide;
  /** At its usual pace by default. */
  mock?: Mock | "off";
  /** What answers in the chat: the mock, at full speed, by default. */
  chat?: ChatOfTests | "off";
  /** Is told all that the operator is, and not only what is amiss. */
  report?: Report;
  /** Besides the mock and the chat. */
  features?: readonly Feature[];
}

export interface ChatOfTests extends Pick<ChatParts, "leaveMs" | "roundMs"> {
  fetch?: typeof fetch;
  limits?: Limits;
  answeredBy?: "model" | "mock" | "nobody";
  /** The names of those that visitors may choose. */
  models?: readonly string[];
  keep?: Partial<Keep>;
}

export interface TestServer extends RunningServer {
  readonly views: Views;
  readonly assets: Assets;
  /** What the server has told its log. */
  readonly errors: unknown[];
  /** Every request that has come, as `GET /events?regions=feed`. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** A copy of the fixtures with these templates on top: `{ "widgets/price.eta": "…" }`. */
export function templates(files: Record<string, string>): string {
  const dir = join(mkdtempSync(join(tmpdir(), "brooklet-")), "views");
  cpSync(FIXTURES.views, dir, { recursive: true });
  writeFiles(dir, files);
  return dir;
}

/** A copy of what the fixtures' pages refer to, with this at the end of their style sheet. */
export function styled(css: string): string {
  const dir = join(mkdtempSync(join(tmpdir(), "brooklet-")), "public");
  cpSync(FIXTURES.public, dir, { recursive: true });
  appendFileSync(join(dir, "style.css"), css);
  return dir;
}

/** A self-signed pair, as `npm run dev:https` makes it. @returns the paths too, for a program of its own */
export function selfSigned(): { cert: string; key: string; pair: KeyPair } {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-"));
  execFileSync(
    process.execPath,
    ["--import", "tsx", join(ROOT, "src", "engine", "http", "listen", "self-signed.ts"), dir],
    {
      stdio: "pipe",
    },
  );
  const paths = { cert: join(dir, "cert.pem"), key: join(dir, "key.pem") };
  return { ...paths, pair: loadKeyPair(paths) };
}

const fixtureActions = () => loadActions(pathToFileURL(`${FIXTURES.actions}/`));

/** What an empty environment says, but for a log in memory, any port that is free, and no wait at the end. */
export const settings: Settings = {
  ...readSettings(new Variables({})),
  port: 0,
  log: { kind: "memory" },
  drainSeconds: 0,
};

/** The whole server in this process, without sources but those that are given. */
export async function start(options: Options = {}): Promise<TestServer> {
  const { views = FIXTURES.views, config } = options;
  const sources = Object.entries(options.sources ?? {}).map(
    ([name, source]) => [name, { source, always: false }] as const,
  );
  const errors: unknown[] = [];
  const report: Report = (what, error, about = {}) => {
    options.report?.(what, error, about);
    const { level } = about;
    if (level !== "info" && level !== "debug") errors.push(error === undefined ? what : [what, error]);
  };
  const server = await startEngine(
    { ...settings, ...config },
    {
      folders: { views, public: options.public ?? FIXTURES.public },
      features: [...featuresOf(options), ...(options.features ?? [])],
      logger: { report, swapped: () => {} },
      ...given(options),
      ...(options.authorize && { authorize: authorize(options.authorize) }),
      sources: new Map(sources),
      actions: new Map([...(await fixtureActions()), ...Object.entries(options.actions ?? {})]),
      limits: { lingerMs: 0, ...options },
    },
  );
  const requests: string[] = [];
  server.web.on("request", ({ method, url }) => requests.push(`${method} ${url}`));
  const url = `${config?.tls ? "https" : "http"}://127.0.0.1:${server.port}`;
  const close = () => {
    // Nobody waits for what a test has left open.
    server.web.closeAllConnections();
    return server.stop();
  };
  const { views: present, assets } = server.current;
  return { ...server, views: present, assets, url, errors, requests, close };
}

/** Where a test gives none, the settings say which. */
function given({ log, leases }: Options): { log?: OpenLog } {
  if (log === undefined && leases === undefined) return {};
  return {
    log: {
      log: log ?? new MemoryLog(),
      leases: leases ?? new LocalLeases(),
      nodes: new LocalNodes(),
      shared: false,
      where: "a test's",
    },
  };
}

function featuresOf({ mock: ofTest = createMock(), chat: told = {} }: Options): Feature[] {
  return [mock(ofTest === "off" ? undefined : ofTest), chat(told === "off" ? undefined : chatOptions(told))];
}

/** How long conversations are kept where nobody says otherwise. */
export const { keep } = readChatSettings(new Variables({}))!;

function chatOptions({ answeredBy = "mock", models = ["brooklet-mock"], fetch, limits, ...others }: ChatOfTests) {
  const options = { ...others, keep: { ...keep, ...others.keep } };
  if (answeredBy === "nobody") return { ...options, models: new Map() };
  const quick = fetch ?? createMock({ ttftMs: 0, tokensPerSecond: 100_000 });
  const backend = { url: "http://mock.invalid/v1", key: "s3cret/+.", fetch: quick, limits };
  const named = models.map((model) => [model, new Backend({ ...backend, model })] as const);
  return { ...options, models: new Map(named), isMock: answeredBy === "mock" };
}
