import { connect } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { mostConnections, openFiles } from "../../../../src/engine/http/listen/connections.ts";
import { Http2Client } from "../../../support/http2.ts";
import { Raw } from "../../../support/raw.ts";
import { selfSigned, start, type TestServer } from "../../../support/server.ts";

let server: TestServer;
afterEach(() => server.close());

const get = (path: string, ...headers: string[]) => [`GET ${path} HTTP/1.1`, "Host: localhost", ...headers, "", ""];

describe("one connection over the most", () => {
  test("gets a clear answer, and those that are there notice nothing", async () => {
    server = await start({ connections: 2 });
    const readers = [new Raw(server.port), new Raw(server.port)];
    for (const reader of readers) await reader.send(...get("/events?regions=feed")).until("id: ");

    const page = await new Raw(server.port).send(...get("/")).end();
    expect(page).toMatch(/^HTTP\/1\.1 503 .*\r\n/);
    expect(page).toMatch(/^retry-after: 15\r$/im);
    expect(page).toContain('"code":"connections_full"');
    const stream = await new Raw(server.port).send(...get("/events?regions=feed", "Accept: text/event-stream")).end();
    expect(stream).toMatch(/^HTTP\/1\.1 200 /);
    expect(stream).toContain("retry: 15000\n\n");

    await server.broker.publish([{ topic: parseTopic("feed"), data: "still here" }]);
    for (const reader of readers) await reader.until("still here");

    // There is room again as soon as one has gone.
    readers[0]!.socket.destroy();
    await expect
      .poll(() => new Raw(server.port).send(...get("/healthz", "Connection: close")).end())
      .toMatch(/ 200 OK/);
  });

  test("is told so over TLS, too, in HTTP/1.1 and in HTTP/2, which then ends", async () => {
    const own = selfSigned();
    server = await start({ connections: 1, config: { tls: own } });
    const first = new Http2Client(server.port);
    expect((await first.ask({ ":path": "/healthz" })).status).toBe(200);

    const second = new Http2Client(server.port);
    const ended = new Promise((resolve) => second.session.once("close", resolve));
    expect(await second.ask({ ":path": "/" })).toMatchObject({ status: 503, head: { "retry-after": "15" } });
    await ended;
    const third = new Raw(connect({ port: server.port, host: "127.0.0.1", rejectUnauthorized: false }));
    expect(await third.send(...get("/")).end()).toMatch(/^HTTP\/1\.1 503 /);
    expect((await first.ask({ ":path": "/healthz" })).status).toBe(200);
    first.session.destroy();
  });
});

describe("how many streams are open", () => {
  const open = (address: string) =>
    new Raw(server.port).send(...get("/events?regions=feed", `X-Forwarded-For: ${address}`));

  test("is bounded for an address, and another one notices nothing", async () => {
    server = await start({ streams: { ofAddress: 2 } });
    const own = [open("198.51.100.1"), open("198.51.100.1")];
    for (const stream of own) await stream.until("id: ");
    expect(await open("198.51.100.1").end()).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nretry: 15000\n\n$/s);
    await open("198.51.100.2").until("id: ");
    own[0]!.socket.destroy();
    await expect.poll(() => server.broker.size).toBe(2);
    await open("198.51.100.1").until("id: ");
  });

  test("is bounded for one network of IPv6, and not for the machine itself", async () => {
    server = await start({ streams: { ofAddress: 1 } });
    await open("2001:db8::1").until("id: ");
    expect(await open("2001:db8::2").end()).toContain("retry: 15000\n\n");
    for (const address of ["127.0.0.1", "::1", "127.0.0.1"]) await open(address).until("id: ");
  });

  test("is bounded in all", async () => {
    server = await start({ streams: { inAll: 2 } });
    for (const address of ["198.51.100.1", "198.51.100.2"]) await open(address).until("id: ");
    expect(await open("198.51.100.3").end()).toContain("retry: 15000\n\n");
  });
});

describe("how many connections there may be", () => {
  test.each([
    { files: 1_048_576, most: 16_000 },
    { files: 4_096, most: 3_584 },
    { files: 256, most: 128 },
    { files: undefined, most: 16_000 },
  ])("is $most where the process may open $files files", async ({ files, most }) => {
    server = await start();
    const told: unknown[] = [];
    expect(mostConnections(files, (what) => told.push(what))).toBe(most);
    expect(told).toHaveLength(most < 16_000 ? 1 : 0);
  });

  test("depends on what the system says, where it says it", async () => {
    server = await start();
    expect(openFiles()).toBeGreaterThan(16);
    expect(openFiles("/nowhere")).toBeUndefined();
  });
});
