import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Backend } from "./chat/backend.ts";
import { Chat } from "./chat/chat.ts";
import { Broker } from "./engine/broker/broker.ts";
import { ConfigError, readConfig } from "./engine/config/config.ts";
import { createApp } from "./engine/http/app.ts";
import { createServer } from "./engine/http/listen/server.ts";
import { loadKeyPair } from "./engine/http/listen/tls.ts";
import { openLog } from "./engine/log/open.ts";
import { harmless, Logger } from "./engine/ops/logger.ts";
import { loadSources } from "./engine/sources/files.ts";
import { Sources } from "./engine/sources/sources.ts";
import { HotSwap } from "./engine/views/hot-swap.ts";
import { createMock } from "./mock/mock.ts";

const FOLDERS = {
  views: fileURLToPath(new URL("../views", import.meta.url)),
  public: fileURLToPath(new URL("../public", import.meta.url)),
};
const SOURCES = new URL("sources/", import.meta.url);

/** Of DRAIN_SECONDS, how long one of many nodes is as ever but for what /healthz says, so that balancers see it first. */
const NOTICE = 0.2;
/** Of the rest, what streams are spread over; then there is time for answers and slow readers, then connections are cut. */
const SPREAD = 0.8;

const { report, swapped } = new Logger();

let leaving = false;
let closing = false;

const config = orExit(() => readConfig(process.env));
const pair = orExit(() => config.tls && loadKeyPair(config.tls));
const current = orExit(() => new HotSwap(FOLDERS, config));

const { log, leases, shared, where } = await openLog({ ...config, report }).catch((error) => exit(2, messageOf(error)));
const broker = await Broker.open({ log, renderer: current.views, onError: report });
const sources = new Sources({
  sources: await loadSources(SOURCES, (topic) => void current.views.widget(topic)).catch(refuse),
  broker,
  leases,
  log: report,
});

const { url: openai, key, model } = config.openai;
const isMock = openai === undefined && config.mock.on;
// A mock of the chat's own, whose answers are not counted with those of programs.
const ofItsOwn = isMock ? { url: "http://mock.invalid/v1", key: "mock", fetch: createMock(config.mock) } : undefined;
const backend = openai === undefined ? ofItsOwn : { url: openai, key };
const chat = new Chat({
  broker,
  leases,
  model: backend && new Backend({ ...backend, model, limits: config.chat }),
  isMock,
  report,
});

const app = createApp({
  config,
  broker,
  secret: () => config.secret ?? log.secret,
  chat,
  views: () => current.views,
  assets: () => current.assets,
  ...(config.mock.on && { mock: createMock(config.mock) }),
  hasSource: (topic) => sources.has(topic),
  isRunning: (topic) => sources.isRunning(topic),
  isLeaving: () => leaving,
  isClosing: () => closing,
  onError: report,
});
const stopSwapping = await current.start(broker, {
  swapped,
  mistaken: (mistake) => {
    report(mistake);
    return config.development; // visitors are not shown an author's lines
  },
});

const server = createServer(app.callback(), {}, pair);
server.on("error", cannotListen);
server.listen(config.port, config.host);
await once(server, "listening");
sources.start();
chat.start();
process.once("SIGTERM", leave);
process.once("SIGINT", leave);
// Last, since whoever waits for this line may do anything from then on.
console.log(`Brooklet is at ${url(server.address() as AddressInfo)}, its log is ${where}`);

/** What an operator or an author has to mend: one message, and no stack of ours. */
function orExit<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  return exit(error instanceof ConfigError ? 2 : 1, messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function cannotListen(error: NodeJS.ErrnoException): void {
  const { port, host } = config;
  if (error.code === "EADDRINUSE") exit(2, `PORT ${port} is in use. Stop what listens there, or set another PORT.`);
  if (error.code === "EACCES") exit(2, `PORT ${port} needs privileges. Set a PORT of 1024 or more.`);
  if (/^(EADDRNOTAVAIL|ENOTFOUND|EAI_\w+)$/.test(error.code ?? "")) {
    exit(2, `HOST ${host} is no address of this machine. Set HOST=127.0.0.1, or HOST=0.0.0.0 for all of them.`);
  }
  throw error;
}

function url({ port }: AddressInfo): string {
  const { host } = config;
  // Loopback and “all addresses” are reached by the one name that works here.
  const name = /^(127\.0\.0\.1|0\.0\.0\.0|::1?)$/.test(host) ? "localhost" : host;
  return `${pair ? "https" : "http"}://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

async function leave(): Promise<void> {
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(1));
  leaving = true;
  stopSwapping();
  const ms = config.drainSeconds * 1000;
  // A node that is alone has no other whom visitors could be sent to.
  const notice = shared ? NOTICE * ms : 0;
  await setTimeout(notice);
  const closed = once(server, "close");
  server.close();
  await chat.stop(); // before the streams end, so that they still tell of it
  await broker.drain(SPREAD * (ms - notice));
  closing = true;
  await sources.stop();
  await Promise.race([closed, setTimeout((1 - SPREAD) * (ms - notice))]);
  await broker.close();
  process.exit(0);
}

function exit(code: number, message: string): never {
  console.error(harmless(message));
  process.exit(code);
}
