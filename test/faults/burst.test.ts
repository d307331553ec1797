import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { LIMITS } from "../../src/engine/core/limits.ts";
import { FIXTURES } from "../support/folders.ts";
import { Http2Client } from "../support/http2.ts";
import { END_HEADERS, END_STREAM, fields, frame, HEADERS, number, PREFACE, SETTINGS } from "../support/http2-frames.ts";
import { Raw } from "../support/raw.ts";
import { selfSigned } from "../support/server.ts";
import { Child } from "./child.ts";

const CONNECTIONS = 100;
const ROUNDS = 3;
const HEAP_MIB = 256;
const SHORTEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/** As much as one read brings. */
const BURST = SHORTEST.repeat(Math.floor((64 * 1024) / SHORTEST.length));
const PAGE = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

let server: Child;
afterEach(() => server.kill());

/** @returns its port */
function serve(options: { tls?: ReturnType<typeof selfSigned> }): Promise<number> {
  server = new Child("test/faults/served.ts", [FIXTURES.views, JSON.stringify(options)], {
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}`,
  });
  return server.ask<number>("port");
}

async function openTcp(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function openTls(port: number, ALPNProtocols?: string[]): Promise<Socket> {
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols });
  await once(socket, "secureConnect");
  return socket;
}

test.each([
  ["HTTP", openTcp, {}],
  ["HTTPS", openTls, { tls: selfSigned() }],
])(
  `a heap of ${HEAP_MIB} MiB has room for ${CONNECTIONS} connections that each send 64 KiB of the shortest requests at once: %s`,
  async (_, open, options) => {
    const port = await serve(options);
    for (let round = 0; round < ROUNDS; round++) {
      const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)));
      server.process.kill("SIGSTOP"); // when it looks again, all is there
      const ends = sockets.map((socket) => new Raw(socket).send(BURST).end());
      await new Promise(setImmediate);
      server.process.kill("SIGCONT");
      await Promise.all(ends);
      expect(await new Raw(await open(port)).send(PAGE).end()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*<\/html>/s);
    }
  },
);

test(`a heap of ${HEAP_MIB} MiB has room for what ${CONNECTIONS} connections of HTTP/2 ask for and never read: most of it gives way`, async () => {
  const port = await serve({ tls: selfSigned() });
  const nothingOfBodies = frame(SETTINGS, 0, 0, Buffer.concat([Buffer.from([0, 4]), number(0)]));
  const page = fields([
    [":method", "GET"],
    [":scheme", "https"],
    [":authority", "localhost"],
    [":path", "/"],
  ]);
  const asks = Array.from({ length: LIMITS.connectionStreams }, (_, i) =>
    frame(HEADERS, END_STREAM | END_HEADERS, 2 * i + 1, page),
  );
  for (let i = 0; i < CONNECTIONS; i++) {
    const socket = (await openTls(port, ["h2"])).on("error", () => {}); // at the end it is reset
    socket.resume().write(Buffer.concat([PREFACE, nothingOfBodies, ...asks]));
  }
  const all = CONNECTIONS * LIMITS.connectionStreams;
  const measured = () => server.ask<{ asked: number; answers: number }>("measure");
  await expect.poll(async () => (await measured()).asked, { timeout: 60_000 }).toBeGreaterThanOrEqual(all);
  const visitor = new Http2Client(port);
  const waiting = async () => {
    expect((await visitor.ask({ ":path": "/" })).text).toContain("</html>");
    return (await measured()).answers;
  };
  await expect.poll(waiting, { timeout: 60_000 }).toBeLessThan(all / 2);
  visitor.session.destroy();
});
