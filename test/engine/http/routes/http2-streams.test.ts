import { once } from "node:events";
import { constants, type Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { Http2Client, type Http2Reader } from "../../../support/http2.ts";
import { FaultyProxy } from "../../../support/proxy.ts";
import { Raw } from "../../../support/raw.ts";
import { selfSigned, start, type TestServer, templates } from "../../../support/server.ts";

const feed = parseTopic("feed");
const tall = parseTopic("tall");
let tls: ReturnType<typeof selfSigned>;
let views: string;
let server: TestServer;
let client: Http2Client;

beforeAll(() => {
  tls = selfSigned();
  views = templates({ "widgets/tall.eta": '---\nkind: log\nkeep: 5\n---\n<li id="<%= id %>"><%= data %></li>' });
});
beforeEach(async () => {
  server = await start({ config: { tls }, views });
  client = new Http2Client(server.port);
});
afterEach(async () => {
  client.session.destroy();
  await server.close();
});

describe("a stream over HTTP/2", () => {
  test("has none of HTTP/1's headers, and begins with retry:", async () => {
    const reader = client.read("feed");
    const [head] = await once(reader.stream, "response");
    await reader.until("id: ");
    expect(head).toMatchObject({ ":status": 200, "content-type": "text/event-stream", "x-accel-buffering": "no" });
    for (const name of ["connection", "keep-alive", "transfer-encoding"]) expect(head).not.toHaveProperty(name);
    expect(reader.text).toMatch(/^retry: \d{3}\n/);
  });

  test("goes alone, whoever ends it: the others of its session stay", async () => {
    const [left, ended, stays] = [client.read("feed"), client.read("tall%2Fdone"), client.read("feed")];
    await server.broker.publish([{ topic: feed, data: "one" }]);
    for (const reader of [left, stays]) await reader.until("one</p>");
    await ended.until("retry:");
    left.stream.close();
    await expect.poll(() => server.broker.size).toBe(2);
    await server.broker.publish([{ topic: parseTopic("tall/done"), data: 1 }]);
    await server.broker.end(parseTopic("tall/done"));
    await once(ended.stream, "close");
    expect(ended.text).toMatch(/event: end\ndata: \n\n$/);
    await server.broker.publish([{ topic: feed, data: "two" }]);
    await stays.until("two</p>");
    expect(server.broker.size).toBe(1);
  });

  test.each<[string, (reader: Http2Reader, client: Http2Client, proxy: FaultyProxy) => void]>([
    ["cancels it", ({ stream }) => stream.close(constants.NGHTTP2_CANCEL)],
    ["resets it", ({ stream }) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)],
    ["destroys its session", (_, { session }) => session.destroy()],
    ["loses its connection", (_, __, proxy) => proxy.reset()],
  ])("leaves nothing behind when its reader %s, and nothing in the log", async (_, leave) => {
    const proxy = await FaultyProxy.open(server.port);
    const behind = new Http2Client(proxy.port);
    const reader = behind.read("feed");
    await reader.until("id: ");
    expect(server.broker.size).toBe(1);
    leave(reader, behind, proxy);
    await expect.poll(() => server.broker.size).toBe(0);
    expect((await client.ask({ ":path": "/healthz" })).status).toBe(200);
    expect(server.errors).toEqual([]);
    behind.session.destroy();
    await proxy.close();
  });

  test("leaves nothing behind when its reader goes before it is open", async () => {
    const subscribe = server.broker.subscribe.bind(server.broker);
    const gone = new Promise((resolve) => {
      server.web.once("request", (_, res: Http2ServerResponse) => res.once("close", resolve));
    });
    const asked = new Promise<void>((resolve) => {
      vi.spyOn(server.broker, "subscribe").mockImplementationOnce(async (...args) => {
        resolve();
        await gone;
        return subscribe(...args);
      });
    });
    const { stream } = client.read("feed");
    await asked;
    stream.close();
    await gone;
    expect((await client.ask({ ":path": "/healthz" })).text).toContain('"streams":0');
    expect(server.errors).toEqual([]);
  });

  test("is cut where it breaks, and no other with it", async () => {
    const stays = client.read("feed");
    await stays.until("id: ");
    vi.spyOn(server.broker, "subscribe").mockImplementationOnce(async (_, sink) => {
      sink.write(Buffer.from("retry: 1\n\n"));
      throw new Error("broken");
    });
    const { stream } = client.read("feed");
    await new Promise((resolve) => stream.once("close", resolve));
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    expect(server.errors).toEqual([new Error("broken")]);
    await server.broker.publish([{ topic: feed, data: "still here" }]);
    await stays.until("still here</p>");
  });
});

/** A reader that says what it has got. */
interface Reading {
  until(part: string): Promise<unknown>;
}

test.each<[string, (port: number, n: number) => Reading[]]>([
  [
    "HTTP/2, all on one connection",
    (port, n) => {
      client.session.destroy();
      client = new Http2Client(port);
      return Array.from({ length: n }, () => client.read("tall"));
    },
  ],
  [
    "HTTP/1.1 and TLS",
    (port, n) =>
      Array.from({ length: n }, () => {
        const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
        return new Raw(socket).send("GET /events?regions=tall HTTP/1.1", "Host: localhost", "", "");
      }),
  ],
])("50 readers that stop cost 16 KiB and one event each, and catch up when they read again: %s", async (_, open) => {
  const outs: Duplex[] = [];
  server.web.on("request", ({ socket }, res) => outs.push(res.stream ?? socket));
  const proxy = await FaultyProxy.open(server.port);
  const readers = open(proxy.port, 50);
  for (const reader of readers) await reader.until("id: ");
  proxy.set("stall");
  const before = process.memoryUsage().rss;
  let most = 0;
  for (let i = 0; i < 2_000; i++) {
    await server.broker.publish([{ topic: tall, data: `${i} ${"x".repeat(8_000)}` }]);
    await new Promise(setImmediate); // what comes in one turn of the loop would go together
    most = Math.max(most, ...outs.map(({ writableLength }) => writableLength));
  }
  const grown = process.memoryUsage().rss - before;
  proxy.set("pass");
  await server.broker.publish([{ topic: tall, data: "the newest" }]);
  for (const reader of readers) await reader.until("the newest");
  await proxy.close();
  console.log(`50 readers stopped under 16 MB each: at most ${most} bytes queued for one, ${grown >> 20} MiB grown`);
  expect(outs).toHaveLength(50);
  // The largest event is a reset: five items.
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(16 * 1024 + 5 * 8_500);
  // A copy for each reader would be 800 MB.
  expect(grown).toBeLessThan(128 * 1024 * 1024);
});
