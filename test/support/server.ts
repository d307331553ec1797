import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Backend } from "../../src/chat/backend.ts";
import { type AnsweredBy, Chat, type ChatParts } from "../../src/chat/chat.ts";
import type { Limits } from "../../src/chat/patience.ts";
import { Broker } from "../../src/engine/broker/broker.ts";
import { LocalLeases } from "../../src/engine/core/lease.ts";
import { type AppParts, createApp } from "../../src/engine/http/app.ts";
import { createServer } from "../../src/engine/http/listen/server.ts";
import { type KeyPair, loadKeyPair } from "../../src/engine/http/listen/tls.ts";
import type { WebServer } from "../../src/engine/http/listen/web-server.ts";
import type { Log } from "../../src/engine/log/log.ts";
import { MemoryLog } from "../../src/engine/log/memory.ts";
import type { SourceModule } from "../../src/engine/sources/every.ts";
import { Sources } from "../../src/engine/sources/sources.ts";
import { Assets } from "../../src/engine/views/assets.ts";
import { Views } from "../../src/engine/views/views.ts";
import { createMock } from "../../src/mock/mock.ts";

const root = join(import.meta.dirname, "..", "..");

export interface Options {
  /** A folder of templates; the repository's own by default. */
  views?: string;
  /** In memory by default. */
  log?: Log;
  config?: Partial<AppParts["config"]>;
  secret?: AppParts["secret"];
  heartbeat?: number;
  hasSource?: AppParts["hasSource"];
  /** What publishes by itself: nothing, by default. */
  sources?: Readonly<Record<string, SourceModule["source"]>>;
  topicsPerAddress?: number;
  /** At its usual pace by default. */
  mock?: AppParts["mock"] | "none";
  /** What answers in the chat: the mock, at full speed, by default. */
  chat?: Partial<Pick<ChatParts, "leaveMs" | "roundMs" | "leases">> & {
    fetch?: typeof fetch;
    limits?: Limits;
    answeredBy?: AnsweredBy;
  };
  /** HTTPS, with HTTP/2. */
  pair?: KeyPair;
}

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly broker: Broker;
  readonly views: Views;
  readonly assets: Assets;
  /** What the server has told its log. */
  readonly errors: unknown[];
  /** Every request that has come, as `GET /events?regions=feed`. */
  readonly requests: string[];
  readonly sources: Sources;
  readonly web: WebServer;
  close(): Promise<void>;
}

/** A copy of the repository's templates with these on top: `{ "widgets/price.eta": "…" }`. */
export function templates(files: Record<string, string>): string {
  const dir = join(mkdtempSync(join(tmpdir(), "brooklet-")), "views");
  cpSync(join(root, "views"), dir, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

/** A self-signed pair, as `npm run dev:https` makes it. @returns the paths too, for a program of its own */
export function selfSigned(): { cert: string; key: string; pair: KeyPair } {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-"));
  execFileSync(
    process.execPath,
    ["--import", "tsx", join(root, "src", "engine", "http", "listen", "self-signed.ts"), dir],
    {
      stdio: "pipe",
    },
  );
  const paths = { cert: join(dir, "cert.pem"), key: join(dir, "key.pem") };
  return { ...paths, pair: loadKeyPair(paths) };
}

/** The whole server in this process, on a port of its own, with a log in memory and no sources but those that are given. */
export async function start(options: Options = {}) {
  const { views: dir = join(root, "views"), config, heartbeat, topicsPerAddress } = options;
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const assets = new Assets(join(root, "public"));
  const views = Views.load(dir, (name) => assets.url(name));
  const broker = await Broker.open({ log: options.log ?? new MemoryLog(), renderer: views, heartbeat, onError });
  const modules = Object.entries(options.sources ?? {}).map(
    ([name, source]) => [name, { source, always: false }] as const,
  );
  const sources = new Sources({ sources: new Map(modules), broker, lingerMs: 0, log: (...told) => errors.push(told) });
  sources.start();
  const {
    answeredBy = "mock",
    fetch = createMock({ ttftMs: 0, tokensPerSecond: 100_000 }),
    ...more
  } = options.chat ?? {};
  const { limits, ...timing } = more;
  const backend = { url: "http://mock.invalid/v1", key: "s3cret/+.", model: "brooklet-mock", fetch, limits };
  const chat = new Chat({
    broker,
    leases: new LocalLeases(),
    model: answeredBy === "nobody" ? undefined : new Backend(backend),
    isMock: answeredBy === "mock",
    report: (...told) => errors.push(told),
    ...timing,
  });
  chat.start();
  const app = createApp({
    config: { hosts: [], corsOrigins: [], publishToken: undefined, ...config },
    broker,
    chat,
    ...(options.secret !== undefined && { secret: options.secret }),
    views: () => views,
    assets: () => assets,
    onError,
    hasSource: options.hasSource ?? ((topic) => sources.has(topic)),
    isRunning: (topic) => sources.isRunning(topic),
    ...(options.mock !== "none" && { mock: options.mock ?? createMock() }),
    ...(topicsPerAddress !== undefined && { topicsPerAddress }),
  });
  const requests: string[] = [];
  const server = createServer(app.callback(), {}, options.pair)
    .on("request", ({ method, url }) => requests.push(`${method} ${url}`))
    .listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    await chat.stop();
    await sources.stop();
    await broker.close();
  };
  const url = `${options.pair ? "https" : "http"}://127.0.0.1:${port}`;
  return { url, port, broker, views, assets, errors, requests, sources, web: server, close } satisfies TestServer;
}
