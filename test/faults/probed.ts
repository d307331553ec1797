import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { pathToFileURL } from "node:url";
import Router from "@koa/router";
import { answering } from "./child.ts";

/**
 * The program as its operator starts it, which also tells what no client can see: its routes, its memory, its event loop:
 * `probed.ts SRC/INDEX.TS`.
 */

const EVERY_MS = 10;

export interface Route {
  /** As it was written, where that was no regular expression. */
  path: string | undefined;
  /** The source of the regular expression that it is in the end. */
  pattern: string;
  methods: string[];
}

const routes: Route[] = [];
const register = Router.prototype.register;
Router.prototype.register = function (path, methods, ...rest) {
  const layer = register.call(this, path, methods, ...rest);
  const { regexp } = layer as { regexp: RegExp };
  const written = typeof path === "string" ? path : undefined;
  const names = methods.map((name) => name.toUpperCase());
  // What is used by all routes of a router has no method, and is none.
  if (methods.length > 0) routes.push({ path: written, pattern: regexp.source, methods: names });
  return layer;
};

/** The most CPU time that went by before the event loop came round, and the requests that began in that time. */
let held = { ms: 0, requests: [] as string[] };
let requests: string[] = [];
subscribe("http.server.request.start", (event) => {
  const { method, url } = (event as { request: IncomingMessage }).request;
  if (requests.length < 50) requests.push(`${method} ${url?.slice(0, 100)}`);
});
let usage = process.cpuUsage();
let at = performance.now();
setInterval(() => {
  const { user, system } = process.cpuUsage(usage);
  // Other threads of the process count as well, such as the collector's: no more than went by can have held the loop.
  const ms = Math.min((user + system) / 1000, performance.now() - at);
  if (ms > held.ms) held = { ms, requests };
  requests = [];
  usage = process.cpuUsage();
  at = performance.now();
}, EVERY_MS).unref();

export interface Probe {
  /** Bytes in use after a collection. */
  held: number;
  rss: number;
  loop: typeof held;
}

answering({
  routes: () => routes,
  /** How it was since it was last asked. */
  probe: (): Probe => {
    const loop = held;
    global.gc!();
    global.gc!();
    const { rss, heapUsed, external } = process.memoryUsage();
    usage = process.cpuUsage();
    at = performance.now();
    held = { ms: 0, requests: [] };
    return { held: heapUsed + external, rss, loop };
  },
});

await import(pathToFileURL(process.argv[2]!).href);
