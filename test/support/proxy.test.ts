import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FaultyProxy } from "./proxy.ts";

let proxy: FaultyProxy;
let origin: ReturnType<typeof createServer>;
/** What the server behind the proxy does with a request. */
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const readers: Socket[] = [];

beforeEach(async () => {
  answer = (_request, response) => response.end("hello");
  origin = createServer((request, response) => answer(request, response)).listen(0, "127.0.0.1");
  await once(origin, "listening");
  proxy = await FaultyProxy.open((origin.address() as AddressInfo).port);
});

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.destroy();
  await proxy.close();
  origin.closeAllConnections();
  await new Promise((resolve) => origin.close(resolve));
});

/** A bare reader: everything that it was sent, and how it ended. */
async function read() {
  const socket = connect(proxy.port, "127.0.0.1");
  readers.push(socket);
  const chunks: Buffer[] = [];
  const ending = new Promise<string>((resolve) => {
    socket.on("end", () => resolve("end"));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
  });
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.write("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  return { socket, ending, text: () => Buffer.concat(chunks).toString() };
}

/** A server that streams, and hands out its end of each stream. */
function streaming(): Promise<ServerResponse> {
  return new Promise((resolve) => {
    answer = (_request, response) => {
      response.socket!.on("error", () => {});
      // Without chunks, what the reader gets is byte for byte what was written.
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, { Connection: "close" });
      response.flushHeaders();
      resolve(response);
    };
  });
}

test("pass: what the server says arrives, and connections are counted", async () => {
  expect(await (await fetch(proxy.origin)).text()).toBe("hello");
  expect(proxy.connections).toBe(1);
});

test("unavailable: requests get a 503, on an old connection too, and pass ends it", async () => {
  await (await fetch(proxy.origin)).text();
  proxy.set("unavailable");
  expect((await fetch(proxy.origin)).status).toBe(503);
  expect((await fetch(proxy.origin)).status).toBe(503);
  proxy.set("pass");
  expect((await fetch(proxy.origin)).status).toBe(200);
});

test("refuse: nobody listens, open streams are reset; accept: the same port again", async () => {
  const stream = streaming();
  const reader = await read();
  await stream;
  const { port } = proxy;
  await proxy.refuse();
  expect(await reader.ending).toBe("ECONNRESET");
  expect(await (await read()).ending).toBe("ECONNREFUSED");
  await proxy.accept();
  expect(proxy.port).toBe(port);
  answer = (_request, response) => response.end("back");
  expect(await (await fetch(proxy.origin)).text()).toBe("back");
});

test("cutAfter: exactly so many bytes, then a reset; the next connection is whole", async () => {
  const cut = proxy.cutAfter(20);
  const reader = await read();
  await cut;
  // libuv reports a reset as an end where bytes came just before it, so that only the bytes tell.
  await reader.ending;
  expect(reader.text()).toBe("HTTP/1.1 200 OK\r\nDat");
  expect(await (await fetch(proxy.origin)).text()).toBe("hello");
});

test("end: the reader gets all that was sent, then a clean end", async () => {
  const stream = streaming();
  const reader = await read();
  (await stream).write("last words");
  await expect.poll(reader.text).toContain("last words");
  proxy.end();
  expect(await reader.ending).toBe("end");
  await expect.poll(() => proxy.open).toBe(0);
});

test("stall: the server's writes are no longer taken; pass: all of them arrive", async () => {
  const stream = streaming();
  const reader = await read();
  const response = await stream;
  await expect.poll(reader.text).toContain("200 OK");
  proxy.set("stall");
  const block = Buffer.alloc(1 << 20, ".");
  // Kernels buffer a few megabytes; when a block stays queued here, the stall has been felt.
  let blocks = 0;
  const taken = () => new Promise<boolean>((resolve) => response.write(block, () => resolve(true)));
  const stuck = () => new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 200).unref());
  do blocks++;
  while (await Promise.race([taken(), stuck()]));
  proxy.set("pass");
  response.end();
  expect(await reader.ending).toBe("end");
  expect(reader.text().split("\r\n\r\n")[1]).toHaveLength(blocks * block.length);
});

test("blackhole: nothing arrives, nothing closes, and what was swallowed never comes", async () => {
  const stream = streaming();
  const reader = await read();
  const response = await stream;
  await expect.poll(reader.text).toContain("200 OK");
  proxy.set("blackhole");
  await new Promise((resolve) => response.write("swallowed", resolve));
  response.socket!.end();
  await once(response.socket!, "finish");
  proxy.set("pass");
  expect(proxy.open).toBe(1);
  proxy.reset();
  expect(await reader.ending).toBe("ECONNRESET");
  expect(reader.text()).not.toContain("swallowed");
});

test("a server that is not there resets its readers", async () => {
  proxy.retarget(1);
  expect(await (await read()).ending).toBe("ECONNRESET");
});
