import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { FIXTURES } from "../support/folders.ts";
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

let server: Child | undefined;
afterEach(() => server?.kill());

async function openTcp(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function openTls(port: number): Promise<Socket> {
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  return socket;
}

test.each([
  ["HTTP", openTcp, {}],
  ["HTTPS", openTls, { tls: selfSigned() }],
])(
  `a heap of ${HEAP_MIB} MiB has room for ${CONNECTIONS} connections that each send 64 KiB of the shortest requests at once: %s`,
  async (_, open, options) => {
    server = new Child("test/faults/served.ts", [FIXTURES.views, JSON.stringify(options)], {
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}`,
    });
    const port = await server.ask<number>("port");
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
