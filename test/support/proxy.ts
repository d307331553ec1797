import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * What the proxy does with bytes. `unavailable` answers each request with a 503; `stall` stops reading from the server, as
 * a reader that has gone to sleep; `blackhole` swallows both directions while every socket stays open.
 */
export type Fault = "pass" | "unavailable" | "stall" | "blackhole";

const answerOf = (status: string, type: string, body: string) =>
  `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
const UNAVAILABLE = answerOf("503 Service Unavailable", "text/plain", "down\n");

interface Link {
  reader: Socket;
  server: Socket;
  /** Has lost bytes: the stream can never be right again, so that it stays as it is until it is cut. */
  swallowed: boolean;
}

/** A TCP proxy in front of a port, with faults to choose from. Faults hold for open connections and for new ones. */
export class FaultyProxy {
  /** How many connections were ever accepted. */
  connections = 0;
  #target: number;
  #listener: Server;
  #port = 0;
  #fault: Fault = "pass";
  #links = new Set<Link>();
  #budget = Number.POSITIVE_INFINITY;
  #cut: () => void = () => {};
  #answer = UNAVAILABLE;

  static async open(target: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await proxy.#listen();
    return proxy;
  }

  private constructor(target: number) {
    this.#target = target;
    this.#listener = createServer({ allowHalfOpen: true }, (reader) => this.#accept(reader));
  }

  get port(): number {
    return this.#port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** How many connections are open now. */
  get open(): number {
    return this.#links.size;
  }

  /** Passes on to another port from the next connection on: the server came back elsewhere. */
  retarget(port: number): void {
    this.#target = port;
  }

  set(fault: Fault): void {
    this.#fault = fault;
    if (fault !== "unavailable") this.#answer = UNAVAILABLE;
    for (const link of this.#links) {
      if (fault === "stall") link.server.pause();
      else link.server.resume();
    }
  }

  /**
   * Cuts every open connection, and answers each request with a page of somebody else's, as a network does that wants a log-in.
   * @param head what follows `HTTP/1.1`: a status, and further fields where there are
   */
  intercept(head: string, html: string): void {
    this.#answer = answerOf(head, "text/html", html);
    this.set("unavailable");
    this.reset();
  }

  /** New connections are refused and open ones reset, as if the server's machine had no such process. */
  async refuse(): Promise<void> {
    const closed = this.#listener.listening ? once(this.#listener, "close") : undefined;
    this.#listener.close();
    this.reset();
    await closed;
  }

  /** Listens again, on the same port. */
  async accept(): Promise<void> {
    if (!this.#listener.listening) await this.#listen();
  }

  /** Cuts every open connection in the middle of whatever it carries. */
  reset(): void {
    for (const link of this.#links) this.#drop(link);
  }

  /**
   * Forgets every open connection, as a router does that was switched off and on: what either side sends is swallowed from now on,
   * and neither is told. New connections pass.
   */
  forget(): void {
    for (const link of this.#links) link.swallowed = true;
  }

  /** Ends every open connection as a server does that has no more to say. */
  end(): void {
    for (const { reader, server } of this.#links) {
      server.destroy();
      reader.end();
    }
  }

  /**
   * Lets exactly so many more bytes through to readers, then resets the connection that asked for one more; after that
   * all is as before. @returns when it is cut
   */
  cutAfter(bytes: number): Promise<void> {
    this.#budget = bytes;
    return new Promise((resolve) => {
      this.#cut = resolve;
    });
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  async #listen(): Promise<void> {
    this.#listener.listen(this.#port, "127.0.0.1");
    await once(this.#listener, "listening");
    this.#port = (this.#listener.address() as { port: number }).port;
  }

  #accept(reader: Socket): void {
    this.connections++;
    const link: Link = { reader, server: connect(this.#target, "127.0.0.1"), swallowed: false };
    const { server } = link;
    this.#links.add(link);
    if (this.#fault === "stall") server.pause();
    server.on("data", (bytes) => this.#toReader(link, bytes));
    reader.on("data", (bytes) => this.#toServer(link, bytes));
    // A reader that is slow by itself must be felt by the server, or every fault test would measure this process.
    reader.on("drain", () => this.#fault === "stall" || server.resume());
    const isSilent = () => link.swallowed || this.#fault === "blackhole";
    server.on("end", () => isSilent() || reader.end());
    reader.on("end", () => isSilent() || server.end());
    reader.on("close", () => this.#drop(link));
    reader.on("error", () => this.#drop(link));
    // A server that is not there or was killed: its reader is reset. One that closed in peace had its "end" already.
    server.on("error", () => this.#fault === "unavailable" || this.#drop(link));
  }

  #toReader(link: Link, bytes: Buffer): void {
    if (this.#fault === "blackhole") link.swallowed = true;
    if (link.swallowed || link.reader.destroyed) return;
    if (bytes.length > this.#budget) {
      const rest = bytes.subarray(0, this.#budget);
      this.#budget = Number.POSITIVE_INFINITY;
      link.swallowed = true;
      // Only once the kernel has the last byte: a reset throws away what is still queued here.
      link.reader.write(rest, () => {
        this.#drop(link);
        this.#cut();
      });
      return;
    }
    this.#budget -= bytes.length;
    if (!link.reader.write(bytes)) link.server.pause();
  }

  #toServer(link: Link, bytes: Buffer): void {
    if (this.#fault === "blackhole") link.swallowed = true;
    if (link.swallowed) return;
    if (this.#fault === "unavailable") {
      link.swallowed = true;
      link.server.destroy();
      link.reader.end(this.#answer);
    } else link.server.write(bytes);
  }

  #drop(link: Link): void {
    if (!this.#links.delete(link)) return;
    link.server.destroy();
    if (!link.reader.destroyed) link.reader.resetAndDestroy();
  }
}
