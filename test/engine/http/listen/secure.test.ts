import { once } from "node:events";
import { type AddressInfo, connect as connectPlain } from "node:net";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../../../src/engine/core/limits.ts";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { createServer } from "../../../../src/engine/http/listen/server.ts";
import type { WebServer } from "../../../../src/engine/http/listen/web-server.ts";
import { Http2Client } from "../../../support/http2.ts";
import {
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  HEADERS,
  number,
  PING,
  PREFACE,
  RST_STREAM,
  SETTINGS,
} from "../../../support/http2-frames.ts";
import { Raw } from "../../../support/raw.ts";
import { selfSigned, start, type TestServer } from "../../../support/server.ts";

const own = selfSigned();
const { pair } = own;
let server: TestServer;
let client: Http2Client;

beforeEach(async () => {
  server = await start({ config: { tls: own } });
  client = new Http2Client(server.port);
});
afterEach(async () => {
  client.session.destroy();
  await server.close();
});

const tls = (ALPNProtocols?: string[]) =>
  new Raw(connect({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols }));

describe("one port speaks", () => {
  test("HTTP/2", async () => {
    const { status, text } = await client.ask({ ":path": "/healthz" });
    expect(client.session.alpnProtocol).toBe("h2");
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ ok: true });
  });

  test.each([
    { version: "1.1", protocols: ["http/1.1"] },
    { version: "1.1", protocols: undefined },
    { version: "1.0", protocols: undefined },
  ])("HTTP/$version to whom asks for $protocols, streams and all", async ({ version, protocols }) => {
    const raw = tls(protocols).send(`GET /events?regions=feed HTTP/${version}`, "Host: localhost", "", "");
    await raw.until("id: ");
    await server.broker.publish([{ topic: parseTopic("feed"), data: "over TLS" }]);
    const said = await raw.until("over TLS</p>");
    raw.socket.destroy();
    expect(said).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(said).not.toMatch(/transfer-encoding/i);
    await expect.poll(() => server.broker.size).toBe(0);
  });

  test("nothing but TLS, and stays there for others", async () => {
    await new Raw(server.port).send("GET / HTTP/1.1", "Host: localhost", "", "").end();
    expect((await client.ask({ ":path": "/healthz" })).status).toBe(200);
  });
});

describe("a bad request is refused in the same words", () => {
  const big = "x".repeat(20_000);

  test("with huge headers, over HTTP/1.1", async () => {
    const text = await tls().send("GET / HTTP/1.1", "Host: localhost", `Cookie: ${big}`, "", "").end();
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
    expect(text).toContain('"code":"headers_too_large"');
  });

  test.each([
    ["huge headers", { cookie: big }, 431, "headers_too_large"],
    ["a long address", { ":path": `/${"x".repeat(9_000)}` }, 414, "url_too_long"],
    ["a name that is not ours", { ":authority": "evil.example" }, 421, "host_unknown"],
  ])("with %s, over HTTP/2", async (_, headers, status, code) => {
    const answer = await client.ask({ ":path": "/", accept: "*/*", ...headers });
    expect(answer.status).toBe(status);
    expect(answer.head["content-type"]).toBe("application/problem+json");
    expect(JSON.parse(answer.text)).toMatchObject({ status, code });
  });

  test.each(["0.9", "2.0"])("with HTTP/%s in its line, over HTTP/1.1", async (version) => {
    const text = await tls().send(`GET / HTTP/${version}`, "Host: localhost", "Connection: close", "", "").end();
    expect(text).toMatch(/^HTTP\/1\.1 505 /);
    expect(text).toContain('"code":"version_unsupported"');
  });

  test("with an address that is no path, over HTTP/2", async () => {
    const answer = await client.ask({ ":path": "//%@[/#" });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ code: "url_invalid" });
  });

  test.each(["get", "TRACK", "Get"])("with a method that is none, over HTTP/2: %s", async (method) => {
    for (const path of ["/v1/models", "/events?regions=feed"]) {
      const { status, text } = await client.ask({ ":method": method, ":path": path });
      expect(status).toBe(501);
      expect(JSON.parse(text)).toMatchObject({ code: "method_unknown" });
    }
    expect(server.errors).toEqual([]);
  });

  test("with a body that is too large, over HTTP/2: the answer is whole, and the stream is over", async () => {
    const headers = { ":method": "POST", ":path": "/publish", "content-type": "application/json" };
    const answer = await client.ask(headers, Buffer.alloc(1_000_000, "1"));
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toMatchObject({ code: "body_too_large" });
    await expect.poll(() => answer.stream.destroyed, { timeout: 5_000 }).toBe(true);
    expect(server.errors).toEqual([]);
  });

  test("with a body that does not arrive, over HTTP/2", async () => {
    const impatient = createServer(() => {}, { requestMs: 20 }, pair).listen(0, "127.0.0.1");
    await once(impatient, "listening");
    const slow = new Http2Client((impatient.address() as AddressInfo).port);
    const { status, text } = await slow.ask({ ":method": "POST", ":path": "/" }, Buffer.from("half"));
    slow.session.destroy();
    impatient.close();
    expect(status).toBe(408);
    expect(JSON.parse(text)).toMatchObject({ code: "request_timeout" });
  });
});

test("a server that closes lets streams go on, and idle connections go", async () => {
  const reader = client.read("feed");
  await reader.until("id: ");
  const idle = new Http2Client(server.port);
  await once(idle.session, "connect"); // the server may not have heard of it yet
  const [gone, closed] = [once(idle.session, "close"), once(server.web, "close")];
  server.web.close();
  await gone;
  await server.broker.publish([{ topic: parseTopic("feed"), data: "still here" }]);
  await reader.until("still here</p>");
  await server.broker.drain(0);
  await closed;
});

describe("a connection that does not shake hands", () => {
  const impatient = async (headersMs: number) => {
    const server = createServer((_, res) => res.end("here"), { headersMs }, pair).listen(0, "127.0.0.1");
    await once(server, "listening");
    const silent = connectPlain({
      port: (server.address() as AddressInfo).port,
      host: "127.0.0.1",
      allowHalfOpen: true,
    });
    silent.on("error", () => {}).resume();
    await once(server, "connection");
    return { server, silent };
  };

  test("is ended after a while, though it keeps its side open", async () => {
    const { server, silent } = await impatient(100);
    await Promise.race([once(silent, "end"), once(silent, "close")]);
    silent.destroy();
    server.close();
    await once(server, "close");
  });

  test("does not keep a server that closes", async () => {
    const { server, silent } = await impatient(60_000);
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    silent.destroy();
  });
});

describe("an HTTP/2 connection", () => {
  const begun = Buffer.concat([PREFACE, frame(SETTINGS, 0, 0)]);

  let impatient: WebServer;
  const sockets = new Set<Duplex>();
  beforeEach(async () => {
    impatient = createServer((_, res) => res.end("here"), { silenceMs: 100 }, pair).listen(0, "127.0.0.1");
    impatient.on("secureConnection", (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    await once(impatient, "listening");
  });
  afterEach(() => {
    impatient.close();
    impatient.closeAllConnections();
  });
  const port = () => (impatient.address() as AddressInfo).port;

  test("that has broken the protocol is not kept, whether its client is still there or not", async () => {
    for (const stays of [true, false]) {
      const broken = connect({ port: port(), host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
      broken.on("error", () => {}).resume();
      broken.write(Buffer.concat([begun, frame(DATA, 0, 99, Buffer.from("data of no stream"))]));
      await expect.poll(() => sockets.size).toBe(1);
      if (!stays) broken.destroy();
      await expect.poll(() => sockets.size).toBe(0);
    }
  });

  describe("that takes back what it asks,", () => {
    const head = Buffer.concat([Buffer.from([0x82, 0x87, 0x84, 0x01, 0x01]), Buffer.from("a")]); // GET https://a/
    const ask = (stream: number) => frame(HEADERS, END_STREAM | END_HEADERS, stream, head);
    const takeBack = (stream: number) => frame(RST_STREAM, 0, stream, number(8));
    const ping = frame(PING, 0, 0, Buffer.from("are you?"));
    const takenBack = (count: number) =>
      Array.from({ length: count }, (_, i) => [ask(2 * i + 1), takeBack(2 * i + 1)]).flat();
    let patient: WebServer;
    beforeEach(async () => {
      patient = createServer((_, res) => res.end("here"), { silenceMs: 600_000 }, pair).listen(0, "127.0.0.1");
      await once(patient, "listening");
    });
    afterEach(() => {
      patient.close();
      patient.closeAllConnections();
    });
    const send = (...frames: Buffer[]) => {
      const { port } = patient.address() as AddressInfo;
      const raw = new Raw(connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] }));
      raw.socket.write(Buffer.concat([begun, ...frames]));
      return raw;
    };

    test("and asks anew, is cut where it does so without an end", async () => {
      await expect(send(...takenBack(900), ping).until("are you?")).rejects.toThrow("closed without");
    });

    test("as many as may be open, is kept", async () => {
      const raw = send(...takenBack(LIMITS.connectionStreams), ping);
      await raw.until("are you?");
      raw.socket.destroy();
    });
  });

  test("that is silent and answers when it is asked is kept", async () => {
    const patient = createServer((_, res) => res.end("here"), { silenceMs: 1_000 }, pair).listen(0, "127.0.0.1");
    await once(patient, "listening");
    const there = new Http2Client((patient.address() as AddressInfo).port);
    for (let pings = 0; pings < 3; pings++) await once(there.session, "ping");
    expect((await there.ask({ ":path": "/" })).text).toBe("here");
    there.session.destroy();
    patient.close();
  });
});
