import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import { text } from "node:stream/consumers";
import { expect } from "vitest";

/** A program that speaks HTTP/2 to a port here, over one connection. */
export class Http2Client {
  readonly session: ClientHttp2Session;

  constructor(port: number) {
    // As much as HTTP/2 allows: what is to be bounded is the server's to bound, not a window's.
    const settings = { initialWindowSize: 2 ** 31 - 1 };
    this.session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, settings });
    this.session.on("connect", () => this.session.setLocalWindowSize(2 ** 31 - 1));
    this.session.on("error", () => {}); // some are cut on purpose
  }

  /** @param body written, but not ended: who wants more can go on */
  async ask(
    headers: Record<string, string>,
    body?: Buffer,
  ): Promise<{ status: number | undefined; head: IncomingHttpHeaders; text: string; stream: ClientHttp2Stream }> {
    const stream = this.session.request(headers, { endStream: body === undefined });
    if (body !== undefined) stream.write(body);
    const said = text(stream);
    const [head] = await once(stream, "response");
    return { status: head[":status"], head, text: await said, stream };
  }

  read(regions: string): Http2Reader {
    return new Http2Reader(this.session.request({ ":path": `/events?regions=${regions}` }));
  }
}

/** One stream of events, and what it has said so far. */
export class Http2Reader {
  readonly stream: ClientHttp2Stream;
  text = "";

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream.setEncoding("utf8");
    stream.on("data", (chunk) => {
      this.text += chunk;
    });
    stream.on("error", () => {}); // a reset counts as closed
  }

  until(part: string): Promise<void> {
    return expect.poll(() => this.text, { timeout: 10_000 }).toContain(part);
  }
}
