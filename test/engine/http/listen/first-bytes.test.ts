import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { createServer } from "../../../../src/engine/http/listen/server.ts";
import { isLone } from "../../../../src/engine/http/request/lone-request.ts";
import { Raw } from "../../../support/raw.ts";
import { selfSigned, start, type TestServer } from "../../../support/server.ts";

const feed = parseTopic("feed");
const own = selfSigned();
const STREAM = "/events?regions=feed";
const head = (line: string, ...headers: string[]) => [line, "Host: localhost", ...headers, "", ""].join("\r\n");
const OPENING = head(`GET ${STREAM} HTTP/1.1`, "Accept: text/event-stream");

describe.each([
  ["HTTP", false],
  ["HTTPS", true],
])("over %s", (_, secure) => {
  let server: TestServer;
  let sockets: Socket[];
  let requests: IncomingMessage[];
  beforeAll(async () => {
    server = await start({ config: secure ? { tls: own } : {} });
    server.web.on(secure ? "secureConnection" : "connection", (socket) => sockets.push(socket));
    server.web.on("request", (req: IncomingMessage) => requests.push(req));
  });
  afterAll(() => server.close());

  /** A new connection, the newest of `sockets` and its requests the only ones. */
  async function opened(): Promise<Raw> {
    [sockets, requests] = [[], []];
    const raw = new Raw(
      secure ? connect({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false }) : server.port,
    );
    await expect.poll(() => sockets.length).toBe(1);
    return raw;
  }
  const areAlone = () => requests.map(isLone);

  /** Is sent what is published; and leaves nothing behind when it goes. */
  async function isStream(raw: Raw): Promise<void> {
    await raw.until("id: ");
    await server.broker.publish([{ topic: feed, data: "news" }]);
    await raw.until("news</p>");
    raw.socket.end();
    await raw.end();
    await expect.poll(() => server.broker.size).toBe(0);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true]);
  }

  test("a stream keeps its socket, and nothing that read the request", async () => {
    const raw = (await opened()).send(OPENING);
    await raw.until("id: ");
    expect(areAlone()).toEqual([true]);
    expect(sockets[0]!.destroyed).toBe(false);
    await isStream(raw);
  });

  test("a stream is open wherever its request was cut in two", async () => {
    for (let at = 1; at < OPENING.length; at++) {
      const raw = (await opened()).send(OPENING.slice(0, at));
      await expect.poll(() => sockets[0]!.bytesRead, { interval: 1 }).toBe(at);
      raw.send(OPENING.slice(at));
      await raw.until("id: ");
      raw.socket.destroy();
    }
    await expect.poll(() => server.broker.size).toBe(0);
    expect(server.errors).toEqual([]);
  });

  test.each([
    ["a further request", head("GET /healthz HTTP/1.1")],
    ["half a request", "GET /"],
    ["nonsense", "\0\r\n\r\n"],
  ])("what comes behind it ends it: %s", async (_, more) => {
    const raw = (await opened()).send(OPENING);
    await raw.until("id: ");
    expect(await raw.send(more).end()).not.toMatch(/HTTP\/1\.1 [^2]/);
    await expect.poll(() => server.broker.size).toBe(0);
  });

  test("what came with it and is a request ends both", async () => {
    await (await opened()).send(OPENING + head("GET /healthz HTTP/1.1")).end();
    await expect.poll(() => server.broker.size).toBe(0);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  test("a body ends nothing, and is not read", async () => {
    const raw = (await opened()).send(head(`GET ${STREAM} HTTP/1.1`, "Content-Length: 8"), "");
    await raw.until("id: ");
    raw.send("ignored!");
    await isStream(raw);
    expect(areAlone()).toEqual([false]);
  });

  test("a stream may come behind other requests", async () => {
    for (const lines of [[head("GET /healthz HTTP/1.1"), OPENING], [head("GET /healthz HTTP/1.1") + OPENING]]) {
      const raw = await opened();
      for (const line of lines) {
        raw.send(line);
        await raw.until('"ok":true');
      }
      await isStream(raw);
      expect(areAlone()).toEqual([false, false]);
    }
  });

  test("what is refused ends its connection, and says so", async () => {
    const refused = head(`GET ${STREAM} HTTP/1.1`, "Accept: application/json");
    const text = await (await opened()).send(refused).end();
    expect(text).toMatch(/^HTTP\/1\.1 406 .*\r\nconnection: close\r\n.*accept_invalid.*\}$/is);
    expect(areAlone()).toEqual([true]);
    await expect.poll(() => sockets.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  test("a page is shown whole at an address like a stream's, where there is none", async () => {
    const text = await (await opened()).send(head("GET /none/events HTTP/1.1", "Accept: text/html")).end();
    expect(text).toMatch(/^HTTP\/1\.1 404 .*<\/html>\s*$/is);
  });

  test.each([
    [
      "asks for another protocol",
      "Upgrade: h2c",
      "Connection: Upgrade, HTTP2-Settings",
      "HTTP2-Settings: AAMAAABkAAQAAP__",
    ],
    ["would close the connection", "Connection: close"],
    ["would keep it", "Connection: keep-alive"],
  ])("who %s has a stream as ever", async (_, ...headers) => {
    await isStream((await opened()).send(head(`GET ${STREAM} HTTP/1.1`, ...headers)));
    expect(areAlone()).toEqual([true]);
  });

  test.each([
    ["a header that goes on with the line before it", `GET ${STREAM} HTTP/1.1\r\n more: x\r\n\r\n`],
    ["a header without a name", `GET ${STREAM} HTTP/1.1\r\n: x\r\n\r\n`],
    ["no version", `GET ${STREAM}\r\n\r\n`],
  ])("what looks like a request for one is refused: %s", async (_, text) => {
    expect(await (await opened()).send(text).end()).toMatch(/^HTTP\/1\.1 (400|505) /);
  });

  test("HTTP/1.0 gets one without chunks, a program of HTTP/1.1 in chunks to the last", async () => {
    const old = (await opened()).send(head(`GET ${STREAM}&as=json HTTP/1.0`));
    expect(await old.until("feed:reset")).not.toMatch(/transfer-encoding|\r\n[0-9a-f]+\r\n/i);
    expect(areAlone()).toEqual([true]);
    old.socket.destroy();
    const program = (await opened()).send(head(`GET ${STREAM}&as=json HTTP/1.1`));
    expect(await program.until("feed:reset")).toMatch(
      /^HTTP\/1\.1 200 .*\r\ntransfer-encoding: chunked\r.*\r\n[0-9a-f]+\r\nretry: /is,
    );
    expect(areAlone()).toEqual([true]);
    await expect.poll(() => server.broker.size).toBe(1);
    await server.broker.drain(0);
    expect(await program.end()).toMatch(/\r\n0\r\n\r\n$/);
    await server.close();
    server = await start({ config: secure ? { tls: own } : {} });
    server.web.on(secure ? "secureConnection" : "connection", (socket) => sockets.push(socket));
    server.web.on("request", (req: IncomingMessage) => requests.push(req));
  });

  test("HEAD gets the head alone, and who expects to be asked is", async () => {
    const raw = await opened();
    expect(await raw.send(head(`HEAD ${STREAM} HTTP/1.1`, "Connection: close")).end()).toMatch(
      /^HTTP\/1\.1 200 .*\r\n\r\n$/s,
    );
    await isStream((await opened()).send(head(`GET ${STREAM} HTTP/1.1`, "Expect: 100-continue")));
    const wished = (await opened()).send(head(`GET ${STREAM} HTTP/1.1`, "Expect: tea", "Connection: close"));
    expect(await wished.end()).toMatch(/^HTTP\/1\.1 417 /);
  });

  test("a head that is too long is refused as ever", async () => {
    const raw = await opened();
    const text = await raw.send(head(`GET ${STREAM} HTTP/1.1`, `Cookie: ${"x".repeat(20_000)}`)).end();
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe.each([
  ["HTTP", undefined],
  ["HTTPS", own.pair],
])("a connection over %s", (_, pair) => {
  async function listening(patience: object) {
    const web = createServer(() => {}, patience, pair).listen(0, "127.0.0.1");
    await once(web, "listening");
    const { port } = web.address() as AddressInfo;
    const open = () => new Raw(pair ? connect({ port, host: "127.0.0.1", rejectUnauthorized: false }) : port);
    return { web, open };
  }

  test.each([
    ["nothing", ""],
    ["half a word", "GET /ev"],
    ["half a request for a stream", "GET /events?regions=feed HTTP/1.1\r\nHost: "],
  ])("that goes no further than %s is 408", async (_, text) => {
    const shortMs = pair ? 1_000 : 20; // the handshake has as long, too, and on a busy machine takes most of that
    const { web, open } = await listening({ headersMs: shortMs, requestMs: shortMs, checkMs: 10 });
    expect(await open().send(text).end()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    web.close();
  });

  test("is cut with all others, whether it has said anything or not", async () => {
    const { web, open } = await listening({});
    const [silent, asking] = [open(), open().send(OPENING)];
    const came = once(web, "request");
    await expect.poll(() => new Promise((resolve) => web.getConnections((_, count) => resolve(count)))).toBe(2);
    await came;
    const closed = once(web, "close");
    web.close();
    web.closeAllConnections();
    await Promise.all([closed, silent.end(), asking.end()]);
  });

  test("that breaks before it has said anything is nobody's business", async () => {
    const { web, open } = await listening({});
    const raw = open();
    await once(web, pair ? "secureConnection" : "connection");
    if (pair === undefined) raw.socket.resetAndDestroy();
    raw.socket.destroy();
    await expect.poll(() => new Promise((resolve) => web.getConnections((_, count) => resolve(count)))).toBe(0);
    web.close();
  });
});
