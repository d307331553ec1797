import { once } from "node:events";
import { connect } from "node:http2";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { FatefulLog } from "../../../support/log.ts";
import { Raw } from "../../../support/raw.ts";
import { selfSigned, start, type TestServer, templates } from "../../../support/server.ts";

let server: TestServer;
const feed = parseTopic("feed");
beforeAll(async () => {
  server = await start({ views: templates({ "widgets/tall.eta": "<p><%= data %></p>" }) });
});
afterAll(() => server.close());

const request = (path: string, version: string, ...headers: string[]) =>
  new Raw(server.port).send(`GET ${path} HTTP/${version}`, "Host: localhost", ...headers, "", "");

function eventsOf(stream: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  parser.feed(stream.slice(stream.indexOf("\r\n\r\n") + 4));
  return events;
}

describe("GET /events", () => {
  test("over HTTP/2 brings the same events", async () => {
    const secure = await start({ config: { tls: selfSigned() } });
    const session = connect(secure.url, { rejectUnauthorized: false });
    const stream = session.request({ ":path": "/events?regions=feed" }).setEncoding("utf8");
    const [head] = await once(stream, "response");
    let text = "";
    for await (const chunk of stream) {
      text += chunk;
      if (text.includes("id: ")) break;
    }
    session.destroy();
    expect(head).toMatchObject({ ":status": 200, "content-type": "text/event-stream" });
    expect(head.connection).toBeUndefined();
    expect(text).toMatch(/^retry: \d{3}\n/);
    await expect.poll(() => secure.broker.size).toBe(0);
    await secure.close();
  });

  test("as=json over HTTP/1.1 comes in chunks, one for each write, and ends as such a body does", async () => {
    const topic = parseTopic("tall/chunks");
    await server.broker.publish([{ topic, data: "✓" }]);
    const raw = request("/events?regions=tall/chunks&as=json", "1.1");
    await raw.until("event: tall/chunks");
    await server.broker.end(topic);
    const text = await raw.until("\r\n0\r\n\r\n");
    const [head, body] = [text.slice(0, text.indexOf("\r\n\r\n")), text.slice(text.indexOf("\r\n\r\n") + 4)];
    expect(head.split("\r\n")).toContain("Transfer-Encoding: chunked");
    let bytes = Buffer.from(body, "latin1");
    let stream = "";
    for (;;) {
      const end = bytes.indexOf("\r\n");
      const size = Number.parseInt(bytes.toString("utf8", 0, end), 16);
      if (size === 0) break;
      stream += bytes.toString("utf8", end + 2, end + 2 + size);
      expect(bytes.toString("utf8", end + 2 + size, end + 4 + size)).toBe("\r\n");
      bytes = bytes.subarray(end + 4 + size);
    }
    expect(eventsOf(`\r\n\r\n${stream}`).map(({ event, data }) => [event, data])).toEqual([
      ["tall/chunks", '"✓"'],
      ["tall/chunks:end", "null"],
      ["end", ""],
    ]);
  });

  test("as=json over HTTP/1.0 is not chunked", async () => {
    const raw = request("/events?regions=feed&as=json", "1.0");
    expect(await raw.until("id: ")).not.toContain("chunked");
    raw.socket.destroy();
  });

  test.each([
    ["a state", "tall/stale"],
    ["a list", "feed/stale"],
  ])("as=json tells who comes late of %s why nothing new comes, until something does", async (_kind, name) => {
    const topic = parseTopic(name);
    await server.broker.publish([{ topic, data: { text: "old" } }]);
    await server.broker.stale(topic, "The source is away.");
    const late = request(`/events?regions=${name}&as=json`, "1.0");
    const events = eventsOf(await late.until('away."}\n\n'));
    expect(events.map(({ event }) => event)).toEqual([`${name}:reset`, `${name}:stale`]);
    expect(JSON.parse(events[1]!.data)).toEqual({
      since: expect.stringMatching(/^\d{4}-.*Z$/),
      reason: "The source is away.",
    });
    await server.broker.publish([{ topic, data: { text: "new" } }]);
    await late.until("new");
    const later = request(`/events?regions=${name}&as=json`, "1.0");
    expect(await later.until("new")).not.toContain(":stale");
    for (const raw of [late, later]) raw.socket.destroy();
  });

  test.each(["1.0", "1.1"])(
    "over HTTP/%s is neither chunked nor kept alive, and begins with retry:",
    async (version) => {
      const raw = request("/events?regions=feed", version);
      const text = await raw.until("id: ");
      const [head, ...body] = text.split("\r\n\r\n");
      const headers = head!.split("\r\n").slice(1);
      expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(headers).toContain("Content-Type: text/event-stream");
      expect(headers).toContain("Cache-Control: no-cache, no-transform");
      expect(headers).toContain("X-Accel-Buffering: no");
      expect(headers.filter((line) => /^connection:/i.test(line))).toEqual(["Connection: close"]);
      expect(head).not.toMatch(/transfer-encoding|content-length|keep-alive/i);
      expect(body.join("")).toMatch(/^retry: \d{3}\n/);
      expect(body.join("")).not.toContain("\r");
      raw.socket.destroy();
    },
  );

  test("brings what is published, to each reader the same bytes", async () => {
    const readers = [request("/events?regions=feed", "1.1"), request("/events?regions=feed", "1.0")];
    for (const reader of readers) await reader.until("id: ");
    const id = await server.broker.publish([{ topic: feed, data: "for everybody" }]);
    const events = await Promise.all(readers.map(async (reader) => eventsOf(await reader.until("for everybody</p>"))));
    for (const reader of readers) reader.socket.destroy();
    expect(events[0]!.at(-1)).toMatchObject({ id, event: undefined });
    expect(events[0]!.at(-1)).toEqual(events[1]!.at(-1));
  });

  test("as=json brings the published JSON under its topic", async () => {
    const raw = request("/events?regions=feed&as=json", "1.1");
    await raw.until("retry: ");
    await server.broker.publish([{ topic: feed, data: { text: "for programs" } }]);
    const event = eventsOf(await raw.until("for programs")).at(-1);
    raw.socket.destroy();
    expect(event?.event).toBe("feed");
  });

  test("as=json has all four fields, for programs that read lines", async () => {
    const raw = request("/events?regions=feed&as=json", "1.0", "Accept: */*");
    await raw.until("retry: ");
    const id = await server.broker.publish([{ topic: feed, data: "for curl" }]);
    const text = await raw.until("for curl");
    raw.socket.destroy();
    const lines = text.slice(text.indexOf("\r\n\r\n") + 4).split("\n");
    expect(lines).toContainEqual(expect.stringMatching(/^retry: \d{3}$/));
    for (const line of ["event: feed", `id: ${id}`, 'data: "for curl"']) expect(lines).toContain(line);
  });

  test.each([[[]], [["Accept: */*"]], [["Accept: text/*;q=0.1"]], [["Accept: text/html, text/event-stream"]]])(
    "admits a reader that says %j of what it takes",
    async (headers) => {
      const raw = request("/events?regions=feed", "1.1", ...headers);
      expect(await raw.until("retry: ")).toContain(" 200 OK");
      raw.socket.destroy();
    },
  );

  test("is closed for good once all its topics have ended", async () => {
    const ended = parseTopic("tall/done");
    await server.broker.publish([{ topic: ended, data: 1 }]);
    await server.broker.end(ended);
    const text = await request("/events?regions=tall%2Fdone", "1.1").end();
    expect(text).toMatch(/event: end\ndata: \n\n$/);
  });

  test("leaves nothing behind when its reader goes, and nothing in the log", async () => {
    await expect.poll(() => server.broker.size).toBe(0);
    const raw = request("/events?regions=feed", "1.1");
    await raw.until("id: ");
    expect(server.broker.size).toBe(1);
    raw.socket.destroy();
    await expect.poll(() => server.broker.size).toBe(0);
    expect(server.errors).toEqual([]);
  });

  test("waits its turn on a connection that asks for several things at once", async () => {
    const raw = new Raw(server.port).send(
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /events?regions=feed HTTP/1.1\r\nHost: localhost\r\n\r\n",
    );
    const text = await raw.until("id: ");
    raw.socket.destroy();
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(text.indexOf('"ok":true')).toBeLessThan(text.indexOf("retry: "));
  });

  test("does not mind a body, even one that never ends", async () => {
    const raw = request("/events?regions=feed", "1.1", "Content-Length: 1000000", "", "half a bo");
    expect(await raw.until("id: ")).toContain("200 OK");
    raw.socket.destroy();
  });

  test("holds what a reader does not read in one place only: it catches up when it reads again", async () => {
    const raw = request("/events?regions=tall", "1.1");
    await raw.until("id: ");
    raw.socket.pause();
    const tall = parseTopic("tall");
    for (let i = 0; i < 400; i++) await server.broker.publish([{ topic: tall, data: `${i} ${"x".repeat(40_000)}` }]);
    await server.broker.publish([{ topic: tall, data: "the newest" }]);
    raw.socket.resume();
    await expect.poll(() => eventsOf(raw.text).at(-1)?.data).toContain("the newest");
    raw.socket.destroy();
    expect(eventsOf(raw.text).length).toBeLessThan(400);
  });

  test("HEAD tells the headers and opens no stream", async () => {
    await expect.poll(() => server.broker.size).toBe(0);
    const response = await fetch(`${server.url}/events?regions=feed`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(server.broker.size).toBe(0);
  });

  test.each(["garbage", "a-b-c-1", "deadbeef-1-1-999999", "\u00e9", "%00"])(
    "takes the unknown Last-Event-ID %j for a reader that needs everything",
    async (id) => {
      const raw = request("/events?regions=feed", "1.1", `Last-Event-ID: ${id}`);
      expect(await raw.until("id: ")).toContain("id=feed hx-swap=innerHTML");
      raw.socket.destroy();
    },
  );

  test.each([
    ["an Accept without it", "/events?regions=feed", "application/json", 406, "accept_invalid"],
    [
      "an Accept of pages only",
      "/events?regions=feed&as=json",
      "text/html;q=0.9, application/json",
      406,
      "accept_invalid",
    ],
    ["an Accept that excludes it", "/events?regions=feed", "text/event-stream;q=0", 406, "accept_invalid"],
    ["no regions", "/events", "*/*", 400, "region_invalid"],
    ["empty regions", "/events?regions=,", "*/*", 400, "region_invalid"],
    ["an unknown format", "/events?regions=feed&as=xml", "*/*", 400, "as_invalid"],
    ["malformed params", "/events?regions=feed%3Fa", "*/*", 400, "region_invalid"],
    ["params that are not declared", "/events?regions=feed%3Fa=1&as=json", "*/*", 400, "region_invalid"],
    ["a malformed topic", "/events?regions=..%2Ffeed", "*/*", 400, "topic_invalid"],
    ["an unknown topic", "/events?regions=fed&as=json", "*/*", 404, "topic_unknown"],
    ["a list over 4 KB", `/events?regions=${"feed,".repeat(900)}`, "*/*", 400, "region_invalid"],
    [
      "65 regions",
      `/events?regions=${Array.from({ length: 65 }, (_, i) => `tall/${i}`)}`,
      "*/*",
      400,
      "region_invalid",
    ],
  ])("is refused with %s", async (_, path, accept, status, code) => {
    const response = await fetch(server.url + path, { headers: { accept } });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, code });
  });
});

test("a stream whose topic cannot be read just now is told to come back, and not refused", async () => {
  const log = new FatefulLog();
  const away = await start({ log });
  log.lose();
  const response = await fetch(`${away.url}/events?regions=feed`);
  expect([response.status, await response.text()]).toEqual([200, "retry: 1000\n\n"]);
  await away.close();
});
