import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createServer } from "../../../../src/engine/http/listen/server.ts";
import { Raw } from "../../../support/raw.ts";
import { selfSigned, start, type TestServer } from "../../../support/server.ts";

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
    ["an asterisk", "GET * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400, "url_invalid"],
    ["an address that no parser takes", "GET http://]/ HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "url_invalid"],
    ["a path that the parser throws on", "GET //%@[/# HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "url_invalid"],
    [
      "a version of HTTP/2",
      "GET / HTTP/2.0\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      505,
      "version_unsupported",
    ],
    ["a version that nobody speaks", "GET /events?regions=feed HTTP/0.9\r\n\r\n", 505, "version_unsupported"],
    ["a wish of nobody", "GET / HTTP/1.1\r\nExpect: tea\r\nConnection: close\r\n\r\n", 417, "expectation_unknown"],
  ])("is refused in the same words as everything else: %s", async (_, bytes, status, code) => {
    const text = await new Raw(server.port).send(bytes).end();
    const [head, body] = text.split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain("Content-Type: application/problem+json");
    expect(JSON.parse(body!)).toMatchObject({ status, code });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  test("is not OPTIONS *, which is about the server as a whole", async () => {
    const text = await new Raw(server.port).send("OPTIONS * HTTP/1.1", "Connection: close", "", "").end();
    expect(text).toMatch(/^HTTP\/1\.1 204 /);
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

test("an error in what answers errors is the end of its own request, and is told the log", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  const broken = createServer(async ({ url }, res) => {
    if (url === "/") throw new Error("no answer to that");
    res.end("well");
  }).listen(0, "127.0.0.1");
  await once(broken, "listening");
  const { port } = broken.address() as AddressInfo;
  expect(await new Raw(port).send("GET / HTTP/1.1", "Host: localhost", "", "").end()).toBe("");
  expect(await (await fetch(`http://127.0.0.1:${port}/other`)).text()).toBe("well");
  expect(said.mock.calls).toEqual([[expect.stringContaining("Error: no answer to that")]]);
  said.mockRestore();
  broken.close();
  broken.closeAllConnections();
});

test.each([
  ["HTTP", undefined],
  ["HTTPS", selfSigned().pair],
])(
  "a connection of %s is answered for as long as its server waits for it to end, and is then not kept for more",
  async (_, pair) => {
    const answers: ServerResponse[] = [];
    const leaving = createServer((_, res) => answers.push(res), {}, pair).listen(0, "127.0.0.1");
    await once(leaving, "listening");
    const { port } = leaving.address() as AddressInfo;
    const open = () => new Raw(pair ? connect({ port, host: "127.0.0.1", rejectUnauthorized: false }) : port);
    /** Resolves once so many requests have come. */
    const ask = async (client: Raw, count: number) => {
      client.send("GET / HTTP/1.1", "Host: localhost", "", "");
      await expect.poll(() => answers.length).toBe(count);
      answers[count - 1]!.writeHead(200, { "content-length": 4 }).write("ha");
      await client.until("Connection: keep-alive");
    };
    const [client, idle] = [open(), open()];
    await ask(client, 1);
    await ask(idle, 2);
    answers[1]!.end("lf");
    await idle.until("half");
    leaving.close();
    await ask(idle, 3);
    answers[2]!.end("lf");
    await idle.until("halfHTTP");
    leaving.closeIdleConnections();
    expect(await idle.end()).toMatch(/half$/);
    answers[0]!.end("lf");
    expect(await client.end()).toMatch(/\r\n\r\nhalf$/);
  },
);
