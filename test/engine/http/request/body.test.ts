import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Raw } from "../../../support/raw.ts";
import { start, type TestServer } from "../../../support/server.ts";

setFlagsFromString("--expose-gc");
const gc: () => void = runInNewContext("gc");

const KIB = 1024;
const MIB = 1024 * KIB;

let server: TestServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

const begin = (...headers: string[]) =>
  new Raw(server.port).send(
    "POST /publish/feed HTTP/1.1",
    "Host: localhost",
    "Content-Type: application/json",
    ...headers,
    "",
    "",
  );
const used = () => {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

describe("bodies on their way in", () => {
  test("take no more than their bytes, though they come in chunks of one", async () => {
    const asked = once(server.web, "request");
    const raw = begin("Transfer-Encoding: chunked");
    const [{ socket }] = await asked;
    const before = used();
    const read = socket.bytesRead;
    const chunks = "1\r\n1\r\n".repeat(250 * KIB);
    raw.send(chunks);
    await expect.poll(() => socket.bytesRead, { timeout: 20_000 }).toBe(read + chunks.length);
    expect(used() - before).toBeLessThan(4 * MIB);
    raw.socket.destroy();
  });

  test("are 64 MiB at most: of more, the one goes that has been coming for longest", async () => {
    const part = `"${"x".repeat(255 * KIB)}`;
    const oldest = begin("Content-Length: 262144").send(part);
    await once(server.web, "request");
    const others = Array.from({ length: 260 }, () => begin("Content-Length: 262144").send(part));
    expect(await oldest.until("overloaded")).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n/s);

    const response = await fetch(`${server.url}/publish/feed`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '"at once"',
    });
    expect(response.status).toBe(201);
    for (const { socket } of others) socket.destroy();
    oldest.socket.destroy();
  });
});
