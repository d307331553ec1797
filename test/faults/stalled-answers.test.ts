import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { LIMITS } from "../../src/engine/core/limits.ts";
import { Http2Client } from "../support/http2.ts";
import { selfSigned, templates } from "../support/server.ts";
import { Child } from "./child.ts";
import type { Measure, ServedOptions } from "./served.ts";
import type { Question } from "./stalled-client.ts";

const LONG = process.env.LONG === "1";
const MIB = 1024 * 1024;
/** Of each kind that is asked for. */
const [PAGES, ANSWERS, STREAMS] = LONG ? [1_500, 60, 300] : [400, 20, 100];
const [ITEMS, BYTES] = [10, 50_000];
const LIMIT = LONG ? 600_000 : 120_000;

const views = templates({
  "widgets/load.eta": `---\nkind: log\nkeep: ${ITEMS}\n---\n<li id="<%= id %>"><%= data.text %></li>\n`,
  "pages/large.eta": '<%~ live("load") %>',
});
const { cert, key } = selfSigned();
// A connection over HTTP/2 that says nothing is cut for that alone, with all of its streams: here it is not.
const patience = { writeMs: 4_000, checkMs: 200, silenceMs: 600_000 };

const ask = (content: string, more: object): Question => ({
  method: "POST",
  path: "/v1/chat/completions",
  body: JSON.stringify({ model: "brooklet-mock", messages: [{ role: "user", content }], ...more }),
});
const QUESTIONS: [string, Question, number][] = [
  ["pages", { path: "/large" }, PAGES],
  ["streamed answers", ask("/long 60000", { stream: true }), ANSWERS],
  ["JSON answers", ask("/long 16000", {}), ANSWERS],
  ["streams", { path: "/events?regions=load" }, STREAMS],
];

const started: { kill(): unknown }[] = [];
afterEach(async () => {
  for (const one of started.splice(0)) await one.kill();
});
function child(script: string, ...args: string[]): Child {
  const made = new Child(`test/faults/${script}`, args);
  started.push(made);
  return made;
}

/** Asks by so many readers that then read nothing. */
type Readers = (port: number, question: Question, count: number) => Promise<unknown>;

const onNetwork: Readers = async (port, { method = "GET", path, body = "" }, count) => {
  const head = [`${method} ${path} HTTP/1.1`, "Host: localhost", "Content-Type: application/json"];
  const request = [...head, `Content-Length: ${body.length}`, "", body].join("\r\n");
  const readers = spawn("python3", [join(import.meta.dirname, "stalled.py"), String(port), String(count), request], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push({ kill: () => readers.kill("SIGKILL") });
  await once(readers.stdout, "data");
};
const withoutWindow: Readers = (port, question, count) =>
  child("stalled-client.ts").ask("ask", port, question, count, 100, 0);
const stopped: Readers = async (port, question, count) => {
  const readers = child("stalled-client.ts");
  await readers.ask("ask", port, question, count, 100, 2 ** 31 - 1);
  readers.process.kill("SIGSTOP");
};

test.each<[string, Readers, ServedOptions]>([
  ["HTTP/1.1", onNetwork, { patience }],
  ["HTTP/2, without a window", withoutWindow, { patience, tls: { cert, key } }],
  ["HTTP/2, stopped", stopped, { patience, tls: { cert, key } }],
])(
  "readers of every kind of answer that do not read are bounded, and then gone: %s",
  { timeout: LIMIT },
  async (name, readers, options) => {
    const server = child("served.ts", views, JSON.stringify(options));
    const port = await server.ask<number>("port");
    const measure = () => server.ask<Measure>("measure");
    await server.ask("publish", "load", ITEMS, BYTES);
    const healthy = options.tls === undefined ? overHttp1(port) : overHttp2(port);
    await healthy.read();
    const before = await measure();

    const cost = { held: 0, rss: 0 };
    const look = async () => {
      const now = await measure();
      cost.held = Math.max(cost.held, now.held - before.held);
      cost.rss = Math.max(cost.rss, now.mostRss - before.rss);
      return now;
    };
    const asked = Promise.all(QUESTIONS.map(([, question, count]) => readers(port, question, count)));
    const read = { whole: 0, refused: 0 };
    for (let taken = 0; taken < PAGES + 2 * ANSWERS || read.whole < 20; ) {
      for (let i = 0; i < 5; i++) {
        if ((await healthy.read()) === 200) read.whole++;
        else read.refused++;
      }
      taken = (await look()).asked - read.whole - read.refused - 1;
    }
    await asked;
    const streams = () => look().then(({ streams }) => streams);
    await expect.poll(streams, { timeout: 30_000 }).toBe(STREAMS);
    await expect.poll(async () => (await look()).answers, { timeout: 60_000, interval: 200 }).toBe(0);
    expect(await streams()).toBe(STREAMS); // these have bounds of their own
    const after = await measure();
    healthy.leave();
    for (const one of started.splice(0)) if (one !== server) await one.kill();
    await expect.poll(streams, { timeout: 30_000 }).toBe(0);

    const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;
    const asks = QUESTIONS.map(([name, , count]) => `${count} ${name}`).join(", ");
    console.log(
      `${name}: ${asks} asked for and not read, ${mib(PAGES * ITEMS * BYTES)} of pages: the process held ${mib(cost.held)} more ` +
        `at most (${mib(cost.rss)} from the system), ${mib(after.held - before.held)} once all answers were gone; a healthy reader beside them got ${read.whole} pages of ${read.whole + read.refused}`,
    );
    expect(cost.held).toBeLessThanOrEqual(2 * LIMITS.unsentBytes); // with pages that are being made, and what connections cost
  },
);

function overHttp1(port: number) {
  return {
    read: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/large`);
      const text = await answer.text();
      if (answer.status === 200) expect(text.length).toBeGreaterThan(ITEMS * BYTES);
      return answer.status;
    },
    leave: () => {},
  };
}

function overHttp2(port: number) {
  const client = new Http2Client(port);
  return {
    read: async () => {
      const { status, text } = await client.ask({ ":path": "/large" });
      if (status === 200) expect(text.length).toBeGreaterThan(ITEMS * BYTES);
      return status;
    },
    leave: () => client.session.destroy(),
  };
}
