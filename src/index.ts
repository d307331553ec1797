import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { watch } from "chokidar";
import { createApp } from "./app.ts";
import { Broker } from "./broker.ts";
import { ConfigError, readConfig } from "./config.ts";
import { MemoryLog } from "./log/memory.ts";
import { Assets } from "./routes/assets.ts";
import { createServer } from "./server.ts";
import { loadSources } from "./source-files.ts";
import { Sources } from "./sources.ts";
import { Views } from "./views.ts";

const VIEWS = fileURLToPath(new URL("../views", import.meta.url));
const PUBLIC = fileURLToPath(new URL("../public", import.meta.url));
const SOURCES = new URL("sources/", import.meta.url);

/** How long answers and slow readers have after the drain, until their connections are cut. */
const GRACE_MS = 2_000;

const config = orExit(() => readConfig(process.env));
/** The author's files as they last were without a mistake. */
let current = orExit(load);
/** Whether pages show what has to be mended. */
let broken = false;

const broker = await Broker.open({
  log: new MemoryLog(),
  renderer: current.views,
  heartbeat: config.heartbeatSeconds * 1000,
});
const sources = new Sources({
  sources: await loadSources(SOURCES, (topic) => void current.views.widget(topic)).catch(refuse),
  broker,
  log: (text, error) => console.error(...(error === undefined ? [text] : [text, error])),
});

const app = createApp({
  config,
  broker,
  views: () => current.views,
  assets: () => current.assets,
  hasSource: (topic) => sources.has(topic),
});
const server = createServer(app.callback());
server.on("error", cannotListen);
server.listen(config.port, config.host);
await once(server, "listening");
sources.start();
console.log(`Brooklet is at ${url(server.address() as AddressInfo)}`);

// Editors write a file in several steps, and save several files at once.
const watcher = watch([VIEWS, PUBLIC], { ignoreInitial: true });
let changed: NodeJS.Timeout;
watcher.on("all", () => {
  clearTimeout(changed);
  changed = setTimeout(swap, 50);
});

process.once("SIGTERM", leave);
process.once("SIGINT", leave);

function load() {
  const assets = new Assets(PUBLIC);
  return { assets, views: Views.load(VIEWS, (name) => assets.url(name)) };
}

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

function swap(): void {
  try {
    const { views: old } = current;
    current = load();
    if (broken) broker.notify("");
    broken = false;
    if (current.views.views !== old.views || current.views.shell !== old.shell) broker.refresh(current.views);
  } catch (error) {
    // The old templates stay. Visitors of a public site are not shown the author's lines.
    console.error(messageOf(error));
    broken = !config.production;
    if (broken) broker.notify(messageOf(error));
  }
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
  // Loopback and “all addresses” are reached by the one name that works here.
  if (/^(127\.0\.0\.1|0\.0\.0\.0|::1?)$/.test(config.host)) return `http://localhost:${port}`;
  return `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
}

async function leave(): Promise<void> {
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(1));
  clearTimeout(changed);
  void watcher.close();
  const closed = once(server, "close");
  server.close();
  await broker.drain(config.drainSeconds * 1000);
  await sources.stop();
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, GRACE_MS))]);
  await broker.close();
  process.exit(0);
}

function exit(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}
