import { connect } from "node:http2";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { deny } from "../../../../src/engine/access/authorize.ts";
import { parseTopic, secretSegment } from "../../../../src/engine/core/topic.ts";
import { inflated } from "../../../support/inflate.ts";
import { Raw } from "../../../support/raw.ts";
import { selfSigned, start, type TestServer, templates } from "../../../support/server.ts";

const open = new Set<Stream>();
afterEach(async () => {
  for (const stream of open) stream.close();
  await expect.poll(() => server.broker.size).toBe(0);
});

/** A stream over HTTP/1, and what its reader makes of it. */
class Stream {
  readonly raw: Raw;

  /** @param to a port here, or a socket of another kind */
  constructor(to: number | Socket, path: string, { version = "1.1", accept = "gzip, deflate, br" } = {}) {
    const accepted = accept === "" ? [] : [`Accept-Encoding: ${accept}`];
    this.raw = new Raw(to).send(`GET ${path} HTTP/${version}`, "Host: localhost", ...accepted, "", "");
    open.add(this);
  }

  /** Its head, once it is there and something of the body. */
  async head(): Promise<string> {
    const text = await this.raw.until("\r\n\r\n");
    return text.slice(0, text.indexOf("\r\n\r\n") + 2);
  }

  get body(): Buffer {
    const [head, body] = this.raw.text.split(/\r\n\r\n(.*)/s);
    const isChunked = head!.includes("Transfer-Encoding: chunked");
    return Buffer.from(isChunked ? withoutChunks(body ?? "") : (body ?? ""), "latin1");
  }

  get text(): string {
    return inflated(this.body).toString();
  }

  until(part: string): Promise<void> {
    return expect.poll(() => this.text, { timeout: 10_000 }).toContain(part);
  }

  close(): void {
    open.delete(this);
    this.raw.socket.destroy();
  }
}

function withoutChunks(text: string): string {
  let [body, rest] = ["", text];
  for (let size = /^([0-9a-f]+)\r\n/.exec(rest); size !== null; size = /^([0-9a-f]+)\r\n/.exec(rest)) {
    const from = size[0].length;
    const to = from + Number.parseInt(size[1]!, 16);
    body += rest.slice(from, to);
    rest = rest.slice(to + 2);
  }
  return body;
}

const GZIP = "\r\nContent-Encoding: gzip\r\n";
const WORDS =
  "<p>A fragment of some length, of which most is in every update, as it is in most widgets: the words, and the elements around them.</p>";
const tall = parseTopic("tall");
const views = templates({
  "widgets/tall.eta": `<%= data %>${WORDS}`,
  "widgets/inner.eta": "---\naccess: page\n---\n<b><%= data %></b>",
});
let server: TestServer;
beforeAll(async () => {
  server = await start({ views });
});
afterAll(() => server.close());

const publish = (data: string) => server.broker.publish([{ topic: tall, data }]);

describe("a page’s stream", () => {
  test("is compressed once for all readers that accept it, while others have the same events plain", async () => {
    const streams = [1, 2, 3].map(() => new Stream(server.port, "/events?regions=tall"));
    const plain = new Stream(server.port, "/events?regions=tall", { accept: "" });
    await Promise.all(streams.map((stream) => stream.until("retry: ")));
    await plain.raw.until("retry: ");
    for (const stream of streams) {
      expect(await stream.head()).toContain(GZIP);
      expect(await stream.head()).toContain("\r\nVary: Accept-Encoding\r\n");
    }
    expect(await plain.head()).not.toContain("Content-Encoding");
    const lengths = () => [...streams.map(({ body }) => body.length), plain.body.length];
    await publish("first");
    await Promise.all(streams.map((stream) => stream.until("first")));
    await plain.raw.until("first");
    const before = lengths();
    for (const data of ["second", "third", "last"]) await publish(data);
    await Promise.all(streams.map((stream) => stream.until("last")));
    await plain.raw.until("last");
    const [taken, , , takenPlain] = lengths().map((length, i) => length - before[i]!);
    expect(taken! / takenPlain!).toBeLessThan(0.5);
    const swaps = (text: string) => text.match(/^id:.*\ndata:.*$/gm)!.filter((event) => event.includes(WORDS));
    for (const stream of streams) expect(swaps(stream.text)).toEqual(swaps(plain.raw.text));
  });

  test("goes on as it began, whether its reader is alone, gets company, or is left", async () => {
    const one = new Stream(server.port, "/events?regions=tall");
    await one.until("retry: ");
    await publish("alone");
    await one.until("alone");
    const other = new Stream(server.port, "/events?regions=tall");
    await other.until("retry: ");
    for (const data of ["together", "still together"]) {
      await publish(data);
      await Promise.all([one.until(`>${data}`), other.until(`>${data}`)]);
    }
    other.close();
    await expect.poll(() => server.broker.size).toBe(1);
    await publish("alone again");
    await one.until("alone again");
  });

  test.each([
    ["that accepts no encoding", "/events?regions=tall", { accept: "" }],
    ["that accepts another one only", "/events?regions=tall", { accept: "br" }],
    ["that refuses this one", "/events?regions=tall", { accept: "gzip;q=0, *" }],
    ["that likes it less than none", "/events?regions=tall", { accept: "gzip;q=0.5, identity" }],
    ["of HTTP/1.0, which is a proxy", "/events?regions=tall", { version: "1.0" }],
    ["of JSON, which is a program", "/events?regions=tall&as=json", {}],
    ["of what is for pages alone", "/events?regions=tall,inner", {}],
  ])("is not compressed for a reader %s", async (_, path, how) => {
    const stream = new Stream(server.port, path, how);
    await stream.raw.until("retry: ");
    expect(await stream.head()).not.toContain("Content-Encoding");
  });

  test("is compressed for a program that asks for it", async () => {
    const path = "/events?regions=tall&as=json&compress=gzip";
    const streams = [1, 2].map(() => new Stream(server.port, path));
    await Promise.all(streams.map((stream) => stream.until("retry: ")));
    for (const data of ["first", "second"]) {
      await publish(data);
      await Promise.all(streams.map((stream) => stream.until(`data: "${data}"`)));
    }
    for (const stream of streams) expect(await stream.head()).toContain(GZIP);
    const wrong = await fetch(`${server.url}/events?regions=tall&as=json&compress=br`);
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({ code: "compress_invalid" });
  });

  test("is told to be compressed where its head alone is asked for", async () => {
    const head = async (path: string, accept: string) => {
      const { headers } = await fetch(server.url + path, { method: "HEAD", headers: { "accept-encoding": accept } });
      return { encoding: headers.get("content-encoding"), vary: headers.get("vary") };
    };
    const vary = "Accept-Encoding";
    expect(await head("/events?regions=tall", "gzip")).toEqual({ encoding: "gzip", vary });
    expect(await head("/events?regions=tall", "identity")).toEqual({ encoding: null, vary });
    expect(await head("/events?regions=tall&as=json", "gzip")).toEqual({ encoding: null, vary: null });
  });

  test("is not compressed where it is asked who may read, since the words of some would lie beside a stranger’s", async () => {
    const guarded = await start({ views, authorize: ({ topic }) => (topic === "feed" ? deny("No.") : undefined) });
    const stream = new Stream(guarded.port, "/events?regions=tall");
    await stream.raw.until("retry: ");
    expect(await stream.head()).not.toContain("Content-Encoding");
    await guarded.close();
  });

  test("is not compressed where a topic has a secret name, since what is in it would lie beside what all may write", async () => {
    const stream = new Stream(server.port, `/events?regions=tall,tall/${secretSegment()}`);
    await stream.raw.until("retry: ");
    expect(await stream.head()).not.toContain("Content-Encoding");
  });

  test("is compressed over HTTPS, too", async () => {
    const secure = await start({ views, config: { tls: selfSigned() } });
    const socket = () => connectTls({ port: secure.port, host: "127.0.0.1", rejectUnauthorized: false });
    const streams = [1, 2].map(() => new Stream(socket(), "/events?regions=tall"));
    await expect.poll(() => secure.broker.size).toBe(2);
    for (const data of ["one", "two", "three"]) await secure.broker.publish([{ topic: tall, data }]);
    await Promise.all(streams.map((stream) => stream.until("three")));
    for (const stream of streams) expect(await stream.head()).toContain(GZIP);
    await secure.close();
  });

  test("is compressed over HTTP/2, too, and ends as any other", async () => {
    const secure = await start({ views, config: { tls: selfSigned() } });
    const session = connect(secure.url, { rejectUnauthorized: false });
    const ask = () => {
      const stream = session.request({ ":path": "/events?regions=tall", "accept-encoding": "gzip" });
      const read = { encoding: "" as unknown, bytes: Buffer.alloc(0), ended: false };
      stream.on("response", (head) => Object.assign(read, { encoding: head["content-encoding"] }));
      stream.on("data", (bytes: Buffer) => Object.assign(read, { bytes: Buffer.concat([read.bytes, bytes]) }));
      stream.on("end", () => Object.assign(read, { ended: true }));
      return read;
    };
    const streams = [ask(), ask()];
    await expect.poll(() => secure.broker.size).toBe(2);
    for (const data of ["one", "two", "three"]) await secure.broker.publish([{ topic: tall, data }]);
    await expect.poll(() => streams.map(({ bytes }) => inflated(bytes).includes("three"))).toEqual([true, true]);
    await secure.broker.end(tall);
    await expect.poll(() => streams.map(({ ended }) => ended)).toEqual([true, true]);
    for (const { encoding, bytes } of streams) {
      expect(encoding).toBe("gzip");
      expect(inflated(bytes).toString()).toMatch(/event: end\ndata: \n\n$/);
    }
    session.destroy();
    await secure.close();
  });

  test("is read by fetch as it comes, and ends there without an error", async () => {
    const controllers = [1, 2].map(() => fetch(`${server.url}/events?regions=tall`));
    const [one] = await Promise.all(controllers);
    expect(one!.headers.get("content-encoding")).toBe("gzip");
    const reader = one!.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const read = async (part: string) => {
      while (!text.includes(part)) {
        const { done, value } = await reader.read();
        if (done) return;
        text += value;
      }
    };
    for (const data of ["for fetch", "and more", "and the last"]) {
      await publish(data);
      await read(data);
      expect(text).toContain(data);
    }
    await server.broker.end(tall);
    await read("what never comes");
    expect(text).toMatch(/event: end\ndata: \n\n$/);
  });
});
