import { createHash } from "node:crypto";
import { once } from "node:events";
import type http from "node:http";
import { Agent, request } from "node:http";
import { connect as connectHttp2, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { connect } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../../../src/engine/core/limits.ts";
import { createServer, type TimeLimits } from "../../../../src/engine/http/listen/server.ts";
import { ANSWER_BYTES } from "../../../../src/engine/http/listen/unsent.ts";
import type { WebServer } from "../../../../src/engine/http/listen/web-server.ts";
import { Child } from "../../../faults/child.ts";
import { Http2Client } from "../../../support/http2.ts";
import { Raw } from "../../../support/raw.ts";
import { selfSigned } from "../../../support/server.ts";

const { pair } = selfSigned();
/** More than the kernel takes for a reader on the same machine. */
const LARGE = 16 * 1024 * 1024;

const servers: WebServer[] = [];
const readers: Child[] = [];
afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.kill();
  for (const server of servers.splice(0)) {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
});

async function serve(
  handler: http.RequestListener,
  { secure = true, ...patience }: Partial<TimeLimits> & { secure?: boolean },
) {
  const server = createServer(handler, patience, secure ? pair : undefined).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** So many requests over HTTP/2, so many on each connection, by a process that reads nothing: one that can be stopped. */
async function stalled(port: number, count: number, each: number, window: number): Promise<Child> {
  const reader = new Child("test/faults/stalled-client.ts");
  readers.push(reader);
  await reader.ask("ask", port, { path: "/held" }, count, each, window);
  return reader;
}

const NO_WINDOW = 0;
const impatient = { writeMs: 100, checkMs: 20 };

/** How an answer comes to its bytes. */
const KINDS: [string, (res: http.ServerResponse) => void][] = [
  ["text", (res) => res.end("x".repeat(LARGE))],
  ["bytes", (res) => res.end(Buffer.alloc(LARGE, "x"))],
  ["a text that follows bytes", (res) => void (res.write(Buffer.alloc(10)) && res.end("x".repeat(LARGE)))],
  [
    "bytes that wait for room",
    (res) => {
      const more = () => {
        while (!res.destroyed && res.write(Buffer.alloc(8_000, "x")));
      };
      res.on("drain", more);
      more();
    },
  ],
];

describe.each(KINDS)("an answer of %s, to a reader that does not read, is cut", (_, answer) => {
  test.each([
    ["HTTP", false],
    ["HTTPS", true],
  ])("over HTTP/1.1 and %s, with its connection", async (_, secure) => {
    let closed = 0;
    const port = await serve((_, res) => answer(res.once("close", () => closed++)), { ...impatient, secure });
    const reader = new Raw(secure ? connect({ port, host: "127.0.0.1", rejectUnauthorized: false }) : port);
    reader.socket.pause();
    reader.send("GET / HTTP/1.1", "Host: localhost", "", "");
    await expect.poll(() => closed).toBe(1);
    expect(await connectionsOf(servers[0]!)).toBe(0);
    reader.socket.destroy();
  });

  test("over HTTP/2, and its neighbour goes on", async () => {
    const answers: http.ServerResponse[] = [];
    const port = await serve((_, res) => {
      if (answers.push(res) === 2) answer(res);
    }, impatient);
    await stalled(port, 2, 2, NO_WINDOW);
    await expect.poll(() => answers.map(isClosed)).toEqual([false, true]);
  });
});

test("an answer whose whole connection is stalled is cut with it, over HTTP/2", async () => {
  const held: http.ServerResponse[] = [];
  const port = await serve((_, res) => held.push(res), { ...impatient, silenceMs: 1_000 });
  const reader = await stalled(port, 4, 2, 2 ** 31 - 1);
  await expect.poll(() => held.length).toBe(4);
  reader.process.kill("SIGSTOP");
  for (const res of held) res.end("x".repeat(LARGE));
  await expect.poll(() => connectionsOf(servers[0]!), { timeout: 10_000 }).toBe(0);
});

test("an answer whose stream is closed between two of its pieces is not gone on with, over HTTP/2", async () => {
  const failed: unknown[] = [];
  const port = await serve((_, res) => {
    const { stream } = res as unknown as Http2ServerResponse;
    stream.on("error", (error) => failed.push(error));
    res.end(Buffer.alloc(LARGE, "x"));
    stream.close(); // as when its reader wants no more; what is being written is written
  }, {});
  const client = new Http2Client(port);
  const { status } = await client.ask({ ":path": "/" });
  client.session.destroy();
  expect(status).toBe(200);
  expect(failed).toEqual([]);
});

test("a reader that is slow, but takes a little now and then, gets all of it", async () => {
  const pieces = 40; // a tenth of a second each: longer, in all, than none of it may be taken
  const port = await serve((_, res) => res.end("x".repeat(pieces * 16 * 1024)), { writeMs: 3_000, checkMs: 20 });
  // What it may be sent is what it has read, as far as the server can see.
  const settings = { initialWindowSize: 16 * 1024 };
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, settings });
  const slow = session.request({ ":path": "/" });
  let read = 0;
  for await (const chunk of slow) {
    read += chunk.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  session.close();
  expect(read).toBe(pieces * 16 * 1024);
});

describe("where as much as may waits for readers", () => {
  /** Answers that are to be given, eight of them to a reader that takes nothing. */
  async function asked() {
    const held: http.ServerResponse[] = [];
    const byPath = new Map<string, http.ServerResponse>();
    const port = await serve((req, res) => {
      if (req.url === "/held") held.push(res);
      else byPath.set(req.url!, res);
    }, {});
    await stalled(port, 8, 8, NO_WINDOW);
    const client = new Http2Client(port);
    const [large, small] = [client.ask({ ":path": "/large" }), client.ask({ ":path": "/small" })];
    await expect.poll(() => held.length + byPath.size).toBe(10);
    const eighth = Buffer.alloc(LIMITS.unsentBytes / 8 - ANSWER_BYTES);
    byPath.get("/large")!.setHeader("ETag", '"large"');
    return {
      held,
      /** As much as may wait at all. */
      fill: () => {
        for (const res of held) res.end(eighth);
      },
      answer: () => {
        byPath.get("/large")!.end("x".repeat(20_000));
        byPath.get("/small")!.end("small");
      },
      answers: Promise.all([large, small]),
      end: () => client.session.close(),
    };
  }

  test("a large answer is refused, and says when to come back; a small one is given", async () => {
    const { held, fill, answer, answers, end } = await asked();
    // All at once: none of those that wait has had time to move.
    fill();
    answer();
    const [large, small] = await answers;
    expect(large.head).toMatchObject({
      ":status": 503,
      "retry-after": "1",
      "content-type": "application/problem+json",
    });
    expect(large.head).not.toHaveProperty("etag");
    expect(JSON.parse(large.text)).toMatchObject({ status: 503, code: "overloaded" });
    expect(small).toMatchObject({ status: 200, text: "small" });
    expect(held.some(isClosed)).toBe(false);
    end();
  });

  test("the one that has not moved for longest makes room", async () => {
    const { held, fill, answer, answers, end } = await asked();
    fill();
    await new Promise((resolve) => setTimeout(resolve, 500)); // they have had their time
    answer();
    const [large, small] = await answers;
    expect([large.status, large.text.length, small.text]).toEqual([200, 20_000, "small"]);
    expect(held.map(isClosed)).toEqual([true, ...Array(7).fill(false)]);
    end();
  });
});

const isClosed = (res: http.ServerResponse) => (res as unknown as Http2ServerResponse).stream.destroyed;

describe("an answer is the same for all that", () => {
  const text = "zwölf \u{1F30A} ".repeat(5_000);
  const answers: Record<string, (res: http.ServerResponse) => void> = {
    "/text": (res) => res.end(text),
    "/bytes": (res) => res.end(Buffer.from(text)),
    "/latin1": (res) => res.end(Buffer.from(text).toString("latin1"), "latin1"),
    "/parts": (res) => void (res.write("zwölf ") && res.end(text.slice(6))),
    "/told": (res) => res.end(text, () => told++),
    "/nothing": (res) => res.writeHead(204).end(),
  };
  let told = 0;
  const handle = ({ url, method }: http.IncomingMessage, res: http.ServerResponse) => {
    if (method === "HEAD") res.writeHead(200, { "Content-Length": 7 }).end();
    else answers[url!]!(res);
  };
  const whole = Buffer.byteLength(text);

  test("over HTTP/1.1, on one connection", async () => {
    told = 0;
    const port = await serve(handle, { secure: false });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const path of Object.keys(answers)) {
      const got = await ask(port, agent, "GET", path);
      expect(sha(got.text), path).toBe(sha(path === "/nothing" ? "" : text));
      expect(got.headers["content-length"], path).toBe(/nothing|parts/.test(path) ? undefined : String(whole));
    }
    expect(await ask(port, agent, "HEAD", "/text")).toMatchObject({ headers: { "content-length": "7" }, text: "" });
    expect(await connectionsOf(servers[0]!)).toBe(1);
    expect(told).toBe(1);
    agent.destroy();
  });

  test("over HTTP/2", async () => {
    told = 0;
    const client = new Http2Client(await serve(handle, {}));
    for (const path of Object.keys(answers)) {
      const got = await client.ask({ ":path": path });
      expect(sha(got.text), path).toBe(sha(path === "/nothing" ? "" : text));
    }
    expect((await client.ask({ ":path": "/text", ":method": "HEAD" })).head["content-length"]).toBe("7");
    expect(told).toBe(1);
    client.session.close();
  });
});

const sha = (text: string) => createHash("sha256").update(text).digest("hex");

async function ask(port: number, agent: Agent, method: string, path: string) {
  const [answer] = (await once(request({ port, path, method, agent }).end(), "response")) as [http.IncomingMessage];
  return { headers: answer.headers, text: await textOf(answer) };
}

function connectionsOf(server: WebServer): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
