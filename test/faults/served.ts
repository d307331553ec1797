import type { Socket } from "node:net";
import { chat } from "../../src/chat/feature.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import type { TimeLimits } from "../../src/engine/http/listen/server.ts";
import { start } from "../../src/engine/start.ts";
import { mock } from "../../src/mock/feature.ts";
import { createMock } from "../../src/mock/mock.ts";
import { FIXTURES } from "../support/folders.ts";
import { settings } from "../support/server.ts";
import { answering } from "./child.ts";

/**
 * A server in a process of its own, without sources, that tells what no client can see: its memory, and what it has queued
 * for each reader: `served.ts VIEWS OPTIONS`, these as JSON.
 */
const [dir, options] = process.argv.slice(2) as [string, string | undefined];
const { data, patience: connection, tls, publishesASecond } = JSON.parse(options ?? "{}") as ServedOptions;
const { broker, web, port, metricsPort } = await start(
  {
    ...settings,
    tls,
    metrics: { port: 0, host: "127.0.0.1" },
    log: data === undefined ? { kind: "memory" } : { kind: "lmdb", dir: data },
  },
  {
    folders: { views: dir, public: FIXTURES.public, actions: FIXTURES.actions },
    features: [mock(createMock({ ttftMs: 0, tokensPerSecond: 10_000, jitter: 0 })), chat(undefined)],
    limits: { connection, publishesASecond },
  },
);
const sockets = new Set<Socket>();
/** Answers that were asked for, and those that are under way; streams of events do not count. */
let asked = 0;
let answers = 0;
web.on("connection", (socket: Socket) => {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
});
web.on("request", (req, res) => {
  if (req.url.startsWith("/events")) return;
  asked++;
  answers++;
  res.once("close", () => answers--);
});

let load: NodeJS.Timeout | undefined;
let published = 0;
/** The most that was queued for one reader, and the most memory, since they were last asked for. */
let most = { queued: 0, rss: 0 };

answering({
  port: () => port,

  metricsPort: () => metricsPort,

  /** Publishes so many values of so many bytes to a topic, and is done. */
  publish: async (topic: string, count: number, bytes: number) => {
    const data = { text: "x".repeat(bytes) };
    for (let i = 0; i < count; i++) await broker.publish([{ topic: parseTopic(topic), data }]);
  },

  say: (topic: string, text: string) => broker.publish([{ topic: parseTopic(topic), data: { text } }]),

  /** Publishes so many values of so many bytes a second to each of these topics, until told otherwise. */
  load: (topics: string[], perSecond: number, bytes: number) => {
    clearInterval(load);
    if (perSecond === 0) return;
    const text = "x".repeat(bytes);
    const began = performance.now();
    let sofar = 0;
    load = setInterval(() => {
      // By the clock: a timer that comes late does not lighten the load. No more than a second's worth is made up for.
      const due = Math.floor(((performance.now() - began) * perSecond) / 1000);
      for (sofar = Math.max(sofar, due - perSecond); sofar < due; sofar++) {
        for (const name of topics) {
          const topic = parseTopic(name);
          published += bytes;
          void broker.publish([{ topic, data: { sent: performance.timeOrigin + performance.now(), text } }]);
        }
      }
      look();
    }, 2);
  },

  /** The most memory since it was last measured. Nothing is collected for it. */
  peak: () => {
    look();
    return most.rss;
  },

  /** What it holds after a collection, and the most that it held since the last time. */
  measure: () => {
    look();
    const at = most;
    // Of a Buffer the memory is given back by the end of the collection after the one that finds it unused. Nothing is awaited in
    // between: what passes through meanwhile would count as held.
    for (let i = 0; i < 3; i++) global.gc!();
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    const stopped = [...sockets].filter((socket) => socket.writableNeedDrain).length;
    most = { queued: 0, rss: 0 };
    return {
      rss,
      held: heapUsed + arrayBuffers,
      mostRss: at.rss,
      mostQueued: at.queued,
      stopped,
      streams: broker.size,
      asked,
      answers,
      published,
    };
  },

  close: async () => {
    clearInterval(load);
    web.closeAllConnections();
    await broker.close();
  },
});

function look(): void {
  let { queued } = most;
  for (const { writableLength } of sockets) queued = Math.max(queued, writableLength);
  most = { queued, rss: Math.max(most.rss, process.memoryUsage.rss()) };
}

export interface ServedOptions {
  /** Without this folder, its log is in memory. */
  data?: string;
  patience?: Partial<TimeLimits>;
  /** How many values a second one address may publish. */
  publishesASecond?: number;
  /** Paths of PEM files. */
  tls?: { cert: string; key: string };
}

export interface Measure {
  rss: number;
  /** Of that, what is in use: the rest is the allocator's, to be used again. */
  held: number;
  mostRss: number;
  mostQueued: number;
  /** Readers that have more queued than they may. */
  stopped: number;
  streams: number;
  /** Answers other than streams: all that were asked for, and those under way. */
  asked: number;
  answers: number;
  /** Bytes. */
  published: number;
}
