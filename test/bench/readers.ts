import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";

/**
 * The other process of the bench: opens many bare streams, and counts how often a mark arrives on each. It tells how far all
 * of them are, so that the publisher can wait for the last one, and spends nothing on counting.
 */
export interface Ask {
  /** The readers are spread over them. */
  readonly ports: readonly number[];
  readonly path: string;
  readonly readers: number;
  readonly mark: string;
  /** HTTP/1.1 in plain text by default. */
  readonly over?: Protocol | undefined;
}

export type Protocol = "HTTP/1.1" | "HTTPS/1.1" | "HTTP/2";

/** `through`: what every reader has. `seen`: the marks of all readers together. */
export type Tell = { readonly opened: true } | { readonly through: number; readonly seen: number };

let streams: Duplex[] = [];
let seen = 0;
let through = 0;
/** How many readers have had the n-th mark. */
let had: number[] = [];

process.on("message", (ask: Ask) => void open(ask));
process.on("disconnect", () => process.exit());

async function open(ask: Ask): Promise<void> {
  for (const stream of streams) stream.destroy();
  [streams, seen, through, had] = [[], 0, 0, []];
  // A few at a time: a listener's backlog is 511 connections long.
  while (streams.length < ask.readers) {
    await Promise.all(Array.from({ length: Math.min(100, ask.readers - streams.length) }, () => read(ask)));
  }
  tell({ opened: true });
}

/** Resolves once the stream's headers are there. */
function read({ ports, path, readers, mark, over = "HTTP/1.1" }: Ask): Promise<void> {
  const port = ports[streams.length % ports.length]!;
  return new Promise((resolve, reject) => {
    const stream = ask(over, port, path);
    streams.push(stream);
    let count = 0;
    /** The end of what came last, where a mark may have begun. */
    let tail = Buffer.alloc(0);
    stream.on("error", reject);
    stream.on("data", (chunk) => {
      resolve();
      const bytes = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
      let from = 0;
      for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, from)) {
        seen++;
        had[++count] = (had[count] ?? 0) + 1;
        from = at + mark.length;
      }
      tail = bytes.subarray(Math.max(from, bytes.length - mark.length + 1));
      const before = through;
      while (had[through + 1] === readers) through++;
      if (through > before) tell({ through, seen });
    });
  });
}

/** Asks for a stream on a connection of its own, as a browser with one tab does. */
function ask(over: Protocol, port: number, path: string): Duplex {
  const [host, rejectUnauthorized] = ["127.0.0.1", false];
  if (over === "HTTP/2") {
    const session = connectHttp2(`https://${host}:${port}`, { rejectUnauthorized });
    session.on("error", () => {}); // the stream's own tells of it
    const stream = session.request({ ":path": path, accept: "text/event-stream" });
    return stream.on("close", () => session.destroy());
  }
  const socket = over === "HTTP/1.1" ? connect(port, host) : connectTls({ port, host, rejectUnauthorized });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/event-stream\r\n\r\n`);
  return socket;
}

function tell(what: Tell): void {
  process.send!(what);
}
