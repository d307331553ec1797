import { connect, type Socket } from "node:net";
import { answering } from "./child.ts";

/**
 * Very many pages whose streams all broke in one instant, in a process of their own: `sleepers.ts PORT COUNT REGIONS CURSOR FIRST
 * PACE MOMENTS`, times in milliseconds. Each does what htmx and the browser do: it asks for its stream's element at a moment of its
 * own, gives up what is not answered when it asks anew, and opens the stream that it is given over the same connection.
 */
const [port, count, regions, cursor, first, pace, moments] = process.argv.slice(2) as string[];
const times = moments!.split(",").map(Number);

/** When each ask was sent, since all woke. */
const asks: number[] = [];
/** When each page was live. */
const live: number[] = [];
let refused = 0;
let woken = 0;

class Sleeper {
  readonly #localAddress: string;
  readonly #asking: { patient?: Socket; hasty?: Socket } = {};
  #stream: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(index: number) {
    // One address has not so many ports that all could come at once.
    this.#localAddress = `127.0.0.${2 + Math.floor(index / 2_000)}`;
  }

  wake(): void {
    const moment = times[Math.floor(Math.random() * times.length)]!;
    setTimeout(() => this.#begin(), Number(first) + moment);
  }

  #begin(): void {
    this.#ask("patient");
    this.#timer = setInterval(() => {
      const isGivenUp = this.#asking.hasty !== undefined;
      this.#asking.hasty?.destroy();
      this.#ask("hasty");
      if (isGivenUp && this.#asking.patient === undefined) this.#ask("patient");
    }, Number(pace));
  }

  #ask(asker: "patient" | "hasty"): void {
    asks.push(performance.now() - woken);
    const socket = connect({ port: Number(port), host: "127.0.0.1", localAddress: this.#localAddress });
    this.#asking[asker] = socket;
    let answer = "";
    socket.setEncoding("latin1").on("data", (chunk: unknown) => {
      answer += chunk;
      const body = bodyOf(answer);
      if (body === undefined) return;
      delete this.#asking[asker];
      const address = /sse-connect="([^"]+)"/.exec(body)?.[1]?.replaceAll("&amp;", "&");
      if (address === undefined) refused++;
      else this.#open(address, socket);
    });
    socket.on("error", () => {}); // it closes, too
    const query = new URLSearchParams({ _regions: regions!, _cursor: cursor!, _here: "" });
    const path = asker === "patient" ? "/stream?patient&" : "/stream?";
    socket.write(`GET ${path}${query} HTTP/1.1\r\nHost: localhost\r\nHX-Request: true\r\n\r\n`);
  }

  #open(address: string, socket: Socket): void {
    let events = "";
    socket.removeAllListeners("data").on("data", (chunk: unknown) => {
      events += chunk;
      if (!events.includes('class="alive"')) return;
      socket.removeAllListeners("data").resume();
      // Where both were answered, the page has the one stream in the place of the other.
      if (this.#stream !== undefined) this.#stream.destroy();
      else live.push(performance.now() - woken);
      this.#stream = socket;
      clearInterval(this.#timer);
    });
    socket.write(`GET ${address} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`);
  }
}

/** Of an answer that has all arrived. */
function bodyOf(answer: string): string | undefined {
  const head = answer.indexOf("\r\n\r\n");
  const length = /^Content-Length: (\d+)/im.exec(answer.slice(0, head))?.[1];
  const body = answer.slice(head + 4);
  return length === undefined || body.length < Number(length) ? undefined : body;
}

const sleepers = Array.from({ length: Number(count) }, (_, index) => new Sleeper(index));

answering({
  wake: () => {
    woken = performance.now();
    for (const sleeper of sleepers) sleeper.wake();
  },

  heard: (): Heard => {
    const seconds = new Map<number, number>();
    for (const ms of asks) seconds.set(Math.floor(ms / 1_000), (seconds.get(Math.floor(ms / 1_000)) ?? 0) + 1);
    return {
      live: live.length,
      lastMs: live.at(-1) ?? 0,
      asks: asks.length,
      refused,
      mostASecond: Math.max(0, ...seconds.values()),
    };
  },
});

export interface Heard {
  /** How many pages are live again. */
  live: number;
  /** When the last of them was, since all woke. */
  lastMs: number;
  asks: number;
  /** Asks that were answered by something else than a stream's element. */
  refused: number;
  mostASecond: number;
}
