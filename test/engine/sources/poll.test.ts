import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Json } from "../../../src/engine/core/json.ts";
import { LocalLeases } from "../../../src/engine/core/lease.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { UNCHANGED, type Watching } from "../../../src/engine/sources/every.ts";
import { poll } from "../../../src/engine/sources/poll.ts";
import { Runner } from "../../../src/engine/sources/runner.ts";
import { FakeOutlet } from "../../support/outlet.ts";

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let url: string;
let asked: IncomingMessage[];
let replies: Reply[];
let values: AsyncIterator<unknown> | undefined;

/** Answers with each reply once, in order, and with the last for ever. */
beforeEach(async () => {
  [asked, replies] = [[], []];
  server = createServer((request, response) => {
    asked.push(request);
    (replies.length > 1 ? replies.shift() : replies[0])!(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/price?key=secret`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await values?.return?.();
  values = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json =
  (text: string, status = 200, headers: Record<string, string> = {}): Reply =>
  (_request, response) =>
    void response.writeHead(status, headers).end(text);

function start(source: AsyncIterable<unknown>): AsyncIterator<unknown> {
  values = source[Symbol.asyncIterator]();
  return values;
}

const next = async (values: AsyncIterator<unknown>) => (await values.next()).value;

test("yields the body at once, and then only when it has changed", async () => {
  replies = [json('{"a":1}'), json('{"a":1}'), json('{"a":1}'), json('{"a":2}')];
  const values = start(poll(url, 1));
  expect([await next(values), await next(values)]).toEqual([{ a: 1 }, { a: 2 }]);
  expect(asked).toHaveLength(4);
  expect(asked[0]!.headers.accept).toBe("application/json");
});

test("sends back the ETag and the date it was given, takes a 304 as no change, and keeps them through it", async () => {
  const date = "Sat, 21 Nov 2026 14:03:07 GMT";
  replies = [json("1", 200, { etag: '"a"', "last-modified": date }), json("", 304), json("", 304), json("2")];
  const values = start(poll(url, 1));
  expect([await next(values), await next(values)]).toEqual([1, 2]);
  const sent = asked.map(({ headers }) => [headers["if-none-match"], headers["if-modified-since"]]);
  expect(sent).toEqual([
    [undefined, undefined],
    ['"a"', date],
    ['"a"', date],
    ['"a"', date],
  ]);
  const third = next(values);
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(4), 15_000);
  // The last answer had none, so that none may be sent.
  expect(asked[4]!.headers["if-none-match"]).toBeUndefined();
  await values.return!();
  await third;
});

test.each([
  ["gzip", gzipSync],
  ["br", brotliCompressSync],
])("reads an answer that is compressed with %s", async (coding, compress) => {
  replies = [(_, response) => void response.writeHead(200, { "content-encoding": coding }).end(compress('{"a":"ä"}'))];
  expect(await next(start(poll(url, 1)))).toEqual({ a: "ä" });
  expect(asked[0]!.headers["accept-encoding"]).toContain(coding);
});

test("follows where it is sent", async () => {
  replies = [json("", 302, { location: "/elsewhere" }), json("1")];
  expect(await next(start(poll(url, 1)))).toBe(1);
  expect(asked[1]!.url).toBe("/elsewhere");
});

test.each<[string, Reply]>([
  ["204", json("", 204)],
  ["no body", json("")],
  ["a blank body", json(" \r\n")],
])("takes %s for no new value, and asks again as before", async (_name, nothing) => {
  replies = [nothing, json("1", 200, { etag: '"a"' }), nothing, nothing, json("1"), json("2")];
  const values = start(poll(url, 1));
  expect([await next(values), await next(values)]).toEqual([1, 2]);
  expect(asked.map(({ headers }) => headers["if-none-match"])).toEqual([
    undefined,
    undefined,
    '"a"',
    '"a"',
    '"a"',
    undefined,
  ]);
});

test.each([
  ["iso-8859-1", Buffer.from('{"a":"é"}', "latin1")],
  ['"UTF-16LE"', Buffer.from('\uFEFF{"a":"é"}', "utf16le")],
  ["utf-8", Buffer.from('\uFEFF{"a":"é"}')],
])("reads an answer in the charset %s", async (charset, bytes) => {
  const type = { "content-type": `application/json; charset=${charset}` };
  replies = [(_, response) => void response.writeHead(200, type).end(bytes)];
  expect(await next(start(poll(url, 1)))).toEqual({ a: "é" });
});

test("sends the headers it is given", async () => {
  replies = [json("1")];
  await next(start(poll(url, 1, { headers: { authorization: "Bearer x" } })));
  expect(asked[0]!.headers.authorization).toBe("Bearer x");
});

test.each<[string, Reply, string]>([
  ["404", json("{}", 404), "it answered 404"],
  ["304 to a question that had no condition", json("", 304), "it answered 304"],
  ["500", json("{}", 500), "it answered 500"],
  ["HTML", json("<h1>Hello</h1>"), "The JSON is not valid at offset 0."],
  [
    "a charset that is unheard of",
    json("1", 200, { "content-type": "application/json; charset=klingon" }),
    "a charset",
  ],
  ["key __proto__", json('{"__proto__":1}'), "The JSON has a key __proto__."],
  ["too much", json(`"${"x".repeat(256 * 1024)}"`), "the answer is over 256 KiB"],
  ["a cut connection", (request) => request.socket.destroy(), "other side closed"],
  ["a cut body", (_request, response) => response.write("[", () => response.destroy()), "other side closed"],
])("fails on %s, with a sentence that leaves out the query", async (_name, reply, reason) => {
  replies = [reply];
  const message = await next(start(poll(url, 1))).then(String, (error: Error) => error.message);
  expect(message).toContain(`cannot poll ${url.split("?")[0]}: `);
  expect(message).toMatch(reason === "other side closed" ? /: (UND_ERR_SOCKET|ECONNRESET|other side closed)$/ : reason);
  expect(message).not.toContain("secret");
});

test("fails where nobody listens", async () => {
  await expect(next(start(poll("http://127.0.0.1:1/x", 1)))).rejects.toThrow("cannot poll http://127.0.0.1:1/x: ");
});

test.each<[string, Reply]>([
  ["no answer", () => {}],
  ["a body that never ends", (_request, response) => void response.write('{"a":')],
])("fails on %s, once its time is over", async (_name, reply) => {
  replies = [reply];
  await expect(next(start(poll(url, 1, { timeoutMs: 100 })))).rejects.toThrow("no answer within 0.1 s");
});

test.each([
  [403, "1"],
  [429, "1"],
  [429, "0.95"],
  [503, "1"],
])("asks no more before the time that a %i names, though it is started again", async (status, after) => {
  const at: number[] = [];
  const late = json("1");
  replies = [
    (request, response) => {
      at.push(performance.now());
      json("", status, { "retry-after": after })(request, response);
    },
    (request, response) => {
      at.push(performance.now());
      late(request, response);
    },
  ];
  await expect(next(start(poll(url, 1)))).rejects.toThrow(`it answered ${status}`);
  // One made anew, as a family's is: the pause is the server's, not the iterator's.
  expect(await next(start(poll(url, 1)))).toBe(1);
  expect(at[1]! - at[0]!).toBeGreaterThan(900);
});

test("understands a Retry-After that is a date, and none on any other status", async () => {
  const soon = new Date(Date.now() + 2_000).toUTCString();
  replies = [json("", 500, { "retry-after": "600" }), json("", 503, { "retry-after": soon }), json("1")];
  await expect(next(start(poll(url, 1)))).rejects.toThrow("500");
  await expect(next(start(poll(url, 1)))).rejects.toThrow("503");
  expect(await next(start(poll(url, 1)))).toBe(1);
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(soon) - 10);
});

test("run for a topic: a server that is ill costs a line, and the value comes when it is well", async () => {
  replies = [json("no", 500), json('{"a":1}')];
  const reports: string[] = [];
  const outlet = new FakeOutlet();
  const runner = new Runner({
    source: poll(url, 10),
    topic: parseTopic("price"),
    outlet,
    leases: new LocalLeases(),
    report: (text) => reports.push(text),
  });
  await outlet.nth(1);
  expect(outlet.said).toEqual(['publish price {"a":1}']);
  expect(reports).toEqual(["source price failed and will be started again"]);
  runner.stop();
  await runner.done;
});

test("that the server has nothing new is told to whoever runs it, and not that it says nothing", async () => {
  const unchanged: Reply = (_request, response) => void response.writeHead(304).end();
  replies = [json("1", 200, { etag: '"a"' }), unchanged, json("", 204), json("1"), json("2")];
  const { looks } = poll(url, 1) as Watching<Json>;
  const values = start(looks());
  expect([await next(values), await next(values)]).toEqual([1, UNCHANGED]);
  expect(await next(values)).toBe(UNCHANGED);
  expect(asked).toHaveLength(4); // the one without a body was passed over
  expect(await next(values)).toBe(2);
});

test("leaves nothing behind after return(), whether it is asking or waiting", async () => {
  const set = vi.spyOn(globalThis, "setTimeout");
  const cleared = vi.spyOn(globalThis, "clearTimeout");
  const timers = (ms: number) =>
    set.mock.results.filter((_, i) => set.mock.calls[i]![1] === ms).map(({ value }) => value);
  const isCleared = (timer: unknown) => cleared.mock.calls.some(([given]) => given === timer);
  const source = poll(url, 654_321, { timeoutMs: 12_345 });

  const closed = new Promise<void>((resolve) => {
    replies = [(request) => void request.socket.once("close", resolve)];
  });
  const asking = start(source);
  const pending = asking.next();
  await vi.waitFor(() => expect(asked).toHaveLength(1), 15_000);
  await asking.return!();
  expect(await pending).toEqual({ done: true, value: undefined });
  await closed;
  expect(timers(12_345).map(isCleared)).toEqual([true]);

  replies = [json("1")];
  const waiting = start(source);
  await waiting.next();
  const never = waiting.next();
  await vi.waitFor(() => expect(timers(654_321).map(isCleared)).toEqual([false]), 15_000);
  await waiting.return!();
  expect(await never).toEqual({ done: true, value: undefined });
  expect([...timers(12_345), ...timers(654_321)].map(isCleared)).toEqual([true, true, true]);
});

test("a URL that is not valid is refused at once, without its password", () => {
  for (const bad of ["/price", "example.com", "ftp://example.com/x"]) expect(() => poll(bad, 1)).toThrow("a whole URL");
  expect(() => poll("https://user:secret@example.com", 1)).toThrow(/^poll takes no password in its URL/);
});
