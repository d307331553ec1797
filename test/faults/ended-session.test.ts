import { rmSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { copyProject } from "../support/folders.ts";
import { Http2Client } from "../support/http2.ts";
import { selfSigned } from "../support/server.ts";
import { Child } from "./child.ts";
import { Random } from "./random.ts";
import { endedAndGoingOn } from "./wild-frames.ts";

const SEED = Number(process.env.SEED ?? 20_290_611);
const LONG = process.env.LONG === "1";
const SESSIONS = LONG ? 20_000 : 200;
const AT_ONCE = 8;

const dir = copyProject();
let child: Child | undefined;
afterAll(async () => {
  await child?.kill();
  rmSync(dir, { recursive: true });
});

test("a peer that ends its session with an error, and goes on with requests, ends nothing but that", {
  timeout: LONG ? 3_600_000 : 120_000,
}, async () => {
  const { cert, key } = selfSigned();
  const env = { PORT: "0", DATA_DIR: join(dir, "data"), TLS_CERT: cert, TLS_KEY: key };
  child = new Child(join(dir, "src/index.ts"), [], env, dir);
  const server = child;
  const port = Number((await server.said(/^Brooklet is at https:\/\/localhost:(\d+)/))[1]);
  const random = new Random(SEED);
  let sessions = 0;
  const one = async () => {
    while (server.alive && sessions < SESSIONS) {
      sessions++;
      const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.on("error", () => {}); // a reset is an end like any other
      socket.resume();
      await Promise.race([new Promise((resolve) => socket.once("secureConnect", resolve)), closed]);
      for (const piece of endedAndGoingOn(random)) socket.write(piece);
      socket.end();
      await closed;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  console.log(`sessions ended with an error that go on, seed ${SEED}: ${sessions}; died ${server.alive ? 0 : 1}`);
  expect(server.err).toBe("");
  expect(server.alive).toBe(true);
  const client = new Http2Client(port);
  expect((await client.ask({ ":path": "/healthz" })).status).toBe(200);
  client.session.destroy();
});
