import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServer } from "../../src/server/server.ts";
import { Raw } from "../support/raw.ts";
import { selfSigned, start, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

describe("what is no request", () => {
  test.each([
    ["garbage", "nonsense\r\n\r\n", 400, "request_invalid"],
    ["a method of nobody", "BREW / HTTP/1.1\r\n\r\n", 400, "request_invalid"],
    ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01", 400, "request_invalid"],
    ["two lengths", "POST /publish HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "request_invalid"],
    [
      "huge headers",
      `GET / HTTP/1.1\r\nHost: localhost\r\nCookie: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
      "headers_too_large",
    ],
    ["a huge address", `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 414, "url_too_long"],
    [
      "a long address",
      `GET /${"x".repeat(9_000)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      414,
      "url_too_long",
    ],
    [
      "an absolute form",
      "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      400,
      "url_invalid",
    ],
    ["an asterisk", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400, "url_invalid"],
  ])("is refused in the same words as everything else: %s", async (_, bytes, status, code) => {
    const text = await new Raw(server.port).send(bytes).end();
    const [head, body] = text.split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain("Content-Type: application/problem+json");
    expect(JSON.parse(body!)).toMatchObject({ status, code });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  test("does not break into an answer that is on its way", async () => {
    const raw = new Raw(server.port).send("GET /events?regions=feed HTTP/1.1", "Host: localhost", "", "");
    await raw.until("id: ");
    raw.send("nonsense\r\n\r\n");
    expect(await raw.end()).not.toContain("request_invalid");
  });
});

test.each([
  ["headers", ["GET / HTTP/1.1", "Host: localhost", "X: "]],
  ["body", ["POST / HTTP/1.1", "Host: localhost", "Content-Length: 10", "", "half"]],
])("a request whose %s do not arrive is 408", async (_, lines) => {
  const impatient = createServer(() => {}, { headersMs: 20, requestMs: 20, checkMs: 10 }).listen(0, "127.0.0.1");
  await once(impatient, "listening");
  const text = await new Raw((impatient.address() as AddressInfo).port).send(...lines).end();
  impatient.close();
  expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(text).toContain('"code":"request_timeout"');
});

test.each([
  ["HTTP", undefined],
  ["HTTPS", selfSigned().pair],
])("a connection of %s is not kept for more once its server has closed", async (_, pair) => {
  const answers: ServerResponse[] = [];
  const leaving = createServer((_, res) => answers.push(res), {}, pair).listen(0, "127.0.0.1");
  await once(leaving, "listening");
  const { port } = leaving.address() as AddressInfo;
  const client = new Raw(pair ? connect({ port, host: "127.0.0.1", rejectUnauthorized: false }) : port);
  client.send("GET / HTTP/1.1", "Host: localhost", "", "");
  await expect.poll(() => answers.length).toBe(1);
  answers[0]!.writeHead(200, { "content-length": 4 }).write("ha");
  await client.until("Connection: keep-alive");
  leaving.close();
  answers[0]!.end("lf");
  expect(await client.end()).toMatch(/\r\n\r\nhalf$/);
});
