import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import type { AddressInfo } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { createServer } from "../../../../src/engine/http/listen/server.ts";
import type { WebServer } from "../../../../src/engine/http/listen/web-server.ts";
import { Raw } from "../../../support/raw.ts";
import { selfSigned, start } from "../../../support/server.ts";

const { pair } = selfSigned();
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const post = (path: string, body = "1", type = "application/json") =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

let web: WebServer;
afterEach(() => {
  web.close();
  web.closeAllConnections();
});

/** A server that keeps what it is asked until it is told to answer. */
async function keeping(secure = false, headers: Record<string, string> = {}) {
  const asked: { url: string; answer: (text: string) => void }[] = [];
  const handler = (req: IncomingMessage, res: ServerResponse) =>
    new Promise<void>((resolve) => {
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
      asked.push({
        url: req.url!,
        answer: (text) => {
          res.end(text);
          resolve();
        },
      });
    });
  web = createServer(handler, {}, secure ? pair : undefined).listen(0, "127.0.0.1");
  await once(web, "listening");
  return { asked, port: (web.address() as AddressInfo).port };
}

/** Once the event loop has come round so often. */
async function rounds(times: number): Promise<void> {
  for (let i = 0; i < times; i++) await new Promise(setImmediate);
}

test("requests of one connection are at work one by one, and answered in their order", async () => {
  const { asked, port } = await keeping();
  const raw = new Raw(port).send(get("/1") + get("/2") + get("/3"));
  for (const url of ["/1", "/2", "/3"]) {
    await expect.poll(() => asked.at(-1)?.url).toBe(url);
    asked.at(-1)!.answer(`that was ${url}`);
    await raw.until(`that was ${url}`);
  }
  raw.socket.destroy();
  expect(asked).toHaveLength(3);
});

test("publishes that a connection sends ahead are at work together, so many at most, and are answered in their order", async () => {
  const { asked, port } = await keeping();
  const paths = Array.from({ length: 20 }, (_, i) => `/publish/feed?item=${i}`);
  const raw = new Raw(port).send(paths.map((path) => post(path)).join(""));
  await expect.poll(() => asked.length).toBe(16);
  await rounds(5);
  expect(asked.map(({ url }) => url)).toEqual(paths.slice(0, 16));
  for (const { url, answer } of asked.slice().reverse()) answer(`that was ${url};`);
  await expect.poll(() => asked.length).toBe(20);
  for (const { url, answer } of asked.slice(16)) answer(`that was ${url};`);
  const text = await raw.until("that was /publish/feed?item=19;");
  raw.socket.destroy();
  expect(text.match(/\/publish[^;]+/g)).toEqual(paths);
});

test.each([
  ["a page", get("/2")],
  ["lines of values", post("/publish/feed", "1\n2\n", "application/x-ndjson")],
  ["a form", post("/actions/wave", "a=1", "application/x-www-form-urlencoded")],
])(
  "what is more than one value waits for the publishes before it, and those behind it wait for it: %s",
  async (_, alone) => {
    const { asked, port } = await keeping();
    const raw = new Raw(port).send(post("/publish/1") + alone + post("/publish/3"));
    for (const count of [1, 2, 3]) {
      await expect.poll(() => asked.length).toBe(count);
      await rounds(5);
      expect(asked.length).toBe(count);
      asked.at(-1)!.answer("");
    }
    raw.socket.destroy();
  },
);

test("publishes that are at work when the server is about to go are all answered, and the last answer says that it is the last", async () => {
  const { asked, port } = await keeping(false, { Connection: "close" });
  const raw = new Raw(port).send(post("/publish/1") + post("/publish/2") + post("/publish/3"));
  await expect.poll(() => asked.length).toBe(3);
  for (const { answer } of asked) answer("done");
  const text = await raw.end();
  expect(text.match(/Connection: \S+|done/g)).toEqual([
    "Connection: keep-alive",
    "done",
    "Connection: keep-alive",
    "done",
    "Connection: close",
    "done",
  ]);
});

test.each([false, true])(
  "a server that closes cuts none of them off, in whatever order they are done (TLS: %s)",
  async (secure) => {
    const { asked, port } = await keeping(secure);
    const to = secure ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }) : port;
    const raw = new Raw(to).send(["1", "2", "3"].map((item) => post(`/publish/feed?item=${item}`)).join(""));
    await expect.poll(() => asked.length).toBe(3);
    web.close();
    web.closeIdleConnections();
    asked[1]!.answer("the second");
    asked[0]!.answer("the first");
    await raw.until("the second");
    await rounds(3);
    asked[2]!.answer("the third");
    await raw.until("the third");
    await raw.end();
  },
);

test("nothing is begun behind an answer that says that it is the last", async () => {
  const { asked, port } = await keeping(false, { Connection: "close" });
  const raw = new Raw(port).send(post("/publish/1") + post("/publish/2"));
  await expect.poll(() => asked.length).toBe(2);
  asked[1]!.answer("the last"); // it is sent once the one before it is
  raw.send(post("/publish/3"));
  await once(web, "request");
  await rounds(5);
  asked[0]!.answer("the first");
  expect(await raw.end()).toContain("the last");
  expect(asked).toHaveLength(2);
});

test("one that is refused leaves those around it as they are, and the log has them in the order in which they came", async () => {
  const server = await start();
  web = server.web;
  const bodies = Array.from({ length: 30 }, (_, i) => JSON.stringify({ text: `${"x".repeat((i % 5) * 5_000)}${i}.` }));
  bodies[7] = "{";
  const raw = new Raw(server.port).send(
    `${bodies.map((body) => post("/publish/feed", body)).join("")}${get("/topics/feed")}`,
  );
  const text = await raw.until('"values"');
  raw.socket.destroy();
  const statuses = bodies.map((_, i) => (i === 7 ? "HTTP/1.1 400" : "HTTP/1.1 201"));
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual([...statuses, "HTTP/1.1 200"]);
  const values = await (await fetch(`${server.url}/topics/feed`)).json();
  expect(values.values.map(({ data }: { data: object }) => JSON.stringify(data))).toEqual(
    bodies.filter((_, i) => i !== 7),
  );
  await server.close();
});

test("what is no request is said to be none once those before it have been answered", async () => {
  const { asked, port } = await keeping();
  const raw = new Raw(port).send(`${get("/1")}${get("/2")}nonsense\r\n\r\n`, "and more");
  for (const url of ["/1", "/2"]) {
    await expect.poll(() => asked.at(-1)?.url).toBe(url);
    asked.at(-1)!.answer(`that was ${url}`);
  }
  const text = await raw.end();
  expect(text.match(/HTTP\/1\.1 \d+|that was \/\d/g)).toEqual([
    ...["HTTP/1.1 200", "that was /1", "HTTP/1.1 200", "that was /2", "HTTP/1.1 400"],
  ]);
});

test("a connection ends that has more of them waiting than there is room for, and none of them is begun", async () => {
  const { asked, port } = await keeping();
  await new Raw(port).send(get("/").repeat(40)).end();
  await rounds(5);
  asked[0]!.answer("too late");
  await rounds(5);
  expect(asked).toHaveLength(1);
});

test.each([
  ["without TLS", false, undefined],
  ["TLS 1.3", true, "TLSv1.3"],
  ["TLS 1.2", true, "TLSv1.2"],
] as const)(
  "who says that nothing more comes has all the answers, and then the connection ends: %s",
  async (_, secure, maxVersion) => {
    const { asked, port } = await keeping(secure);
    const to = secure ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, maxVersion }) : port;
    const raw = new Raw(to).send(get("/1") + get("/2"));
    raw.socket.end();
    for (const url of ["/1", "/2"]) {
      await expect.poll(() => asked.at(-1)?.url).toBe(url);
      await rounds(5);
      asked.at(-1)!.answer(`that was ${url}`);
    }
    expect((await raw.end()).match(/that was \/\d/g)).toEqual(["that was /1", "that was /2"]);
  },
);

test("a stream ends that who asked for it has said nothing more behind", async () => {
  const server = await start();
  web = server.web;
  const raw = new Raw(server.port).send(get("/healthz") + get("/events?regions=feed"));
  raw.socket.end();
  expect(await raw.end()).toMatch(/"ok":true.*text\/event-stream/s);
  await expect.poll(() => server.broker.size).toBe(0);
  await server.close();
});

test.each([
  ["with it", (raw: Raw) => raw.send(get("/events?regions=feed") + get("/healthz"))],
  [
    "once it is open",
    async (raw: Raw) => {
      await raw.send(get("/events?regions=feed")).until("id: ");
      raw.send(get("/healthz"));
    },
  ],
])("what comes behind a stream on its connection ends both: %s", async (_, send) => {
  const server = await start();
  web = server.web;
  const raw = new Raw(server.port);
  await send(raw);
  expect(await raw.end()).not.toContain('"ok"');
  await expect.poll(() => server.broker.size).toBe(0);
  expect(server.errors).toEqual([]);
  await server.close();
});

test("an answer is not cut by what comes behind a body that nobody reads", async () => {
  const server = await start();
  web = server.web;
  const body = "x".repeat(100_000);
  const raw = new Raw(server.port).send(
    `HEAD /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  raw.send(get("/healthz"));
  expect(await raw.end()).toMatch(/^HTTP\/1\.1 /);
  await server.close();
});

test("no request of an HTTP/2 session is begun whose stream has been reset", async () => {
  const { asked, port } = await keeping(true);
  const session = await connected(port);
  for (let i = 0; i < 50; i++)
    session
      .request({ ":path": `/${i}` })
      .on("error", () => {})
      .close();
  const last = session.request({ ":path": "/last" });
  await expect.poll(() => asked.at(-1)?.url).toBe("/last");
  asked.at(-1)!.answer("");
  await once(last, "response");
  session.destroy();
  // The first may have been begun before its end was read.
  expect(asked.length).toBeLessThanOrEqual(2);
});

test("a hundred requests of an HTTP/2 session are at work at once, and the next ones when these are done", async () => {
  const { asked, port } = await keeping(true);
  const session = await connected(port);
  for (let i = 0; i < 120; i++) session.request({ ":path": `/${i}` }).on("error", () => {});
  await expect.poll(() => asked.length).toBe(100);
  await rounds(50);
  expect(asked.length).toBe(100);
  for (const { answer } of asked.slice()) answer("");
  await expect.poll(() => asked.length).toBe(120);
  session.destroy();
});

test.each(["HTTP/1.1", "HTTP/2"])(
  "of what one connection of %s has sent at once, one request begins in each turn of the event loop",
  async (version) => {
    let round = 0;
    let ticking = setImmediate(function tick() {
      round++;
      ticking = setImmediate(tick);
    });
    const begun: number[] = [];
    const handler = (_: IncomingMessage, res: ServerResponse) => {
      begun.push(round);
      res.end();
    };
    web = createServer(handler, {}, version === "HTTP/2" ? pair : undefined).listen(0, "127.0.0.1");
    await once(web, "listening");
    const { port } = web.address() as AddressInfo;
    if (version === "HTTP/2") {
      const session = await connected(port);
      await Promise.all(Array.from({ length: 30 }, () => once(session.request({ ":path": "/" }), "response")));
      session.destroy();
    } else {
      const raw = new Raw(port).send(get("/").repeat(30));
      await expect.poll(() => begun.length).toBe(30);
      raw.socket.destroy();
    }
    clearImmediate(ticking);
    expect(new Set(begun).size).toBe(30);
  },
);

async function connected(port: number): Promise<ClientHttp2Session> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  session.on("error", () => {});
  await once(session, "remoteSettings");
  return session;
}
