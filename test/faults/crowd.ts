import { connect } from "node:net";
import { answering } from "./child.ts";
import { percentile } from "./random.ts";

/**
 * Very many readers in a process of their own: `crowd.ts PORT PATH COUNT`. Each reads lines that are numbered without a gap,
 * and comes back as a browser does: after the `retry` that it was told, with the id that it had last.
 */
const [port, path, count] = process.argv.slice(2) as [string, string, string];

/** Since they were last asked for. */
let heard = { lines: 0, missed: 0, repeated: 0, delays: [] as number[] };

class Reader {
  /** The number of the newest line. */
  newest = 0;
  id = "";
  readonly #localAddress: string;
  #retry = 1_000;
  #rest = "";

  constructor(index: number) {
    // One address has not so many ports that all could come back at once.
    this.#localAddress = `127.0.0.${2 + Math.floor(index / 2_500)}`;
    this.#connect();
  }

  #connect(): void {
    const socket = connect({ port: Number(port), host: "127.0.0.1", localAddress: this.#localAddress });
    const last = this.id === "" ? "" : `Last-Event-ID: ${this.id}\r\n`;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${last}\r\n`);
    this.#rest = ""; // half an event is none
    socket.setEncoding("latin1").on("data", (text: unknown) => this.#read(this.#rest + text));
    socket.on("error", () => {}); // it closes, too
    socket.on("close", () => setTimeout(() => this.#connect(), this.#retry));
  }

  #read(text: string): void {
    const end = text.lastIndexOf("\n\n") + 2;
    this.#rest = end < 2 ? text : text.slice(end);
    if (end < 2) return;
    const now = performance.timeOrigin + performance.now();
    for (const event of text.slice(0, end).split("\n\n")) {
      for (const [, n, sent] of event.matchAll(/n=(\d+) t=([\d.]+)/g)) this.#hear(Number(n), now - Number(sent));
      this.#retry = Number(/^retry: ?(\d+)/m.exec(event)?.[1] ?? this.#retry);
      this.id = /^id: ?(.+)/m.exec(event)?.[1] ?? this.id;
    }
  }

  #hear(n: number, delay: number): void {
    heard.lines++;
    heard.delays.push(delay);
    if (n <= this.newest) heard.repeated++;
    else heard.missed += n - this.newest - 1;
    this.newest = Math.max(this.newest, n);
  }
}

const readers = Array.from({ length: Number(count) }, (_, index) => new Reader(index));

answering({
  /** Of how many the stream has begun, and how many have this line. */
  state: (line: number) => ({
    begun: readers.filter(({ id }) => id !== "").length,
    there: readers.filter(({ newest }) => newest >= line).length,
  }),

  heard: (): Heard => {
    const { delays, ...counts } = heard;
    heard = { lines: 0, missed: 0, repeated: 0, delays: [] };
    return { ...counts, p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) };
  },
});

export interface Heard {
  lines: number;
  missed: number;
  repeated: number;
  /** From publishing to hearing. */
  p50: string;
  p99: string;
}
