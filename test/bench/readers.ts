import { connect, type Socket } from "node:net";

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
}

/** `through`: what every reader has. `seen`: the marks of all readers together. */
export type Tell = { readonly opened: true } | { readonly through: number; readonly seen: number };

let sockets: Socket[] = [];
let seen = 0;
let through = 0;
/** How many readers have had the n-th mark. */
let had: number[] = [];

process.on("message", (ask: Ask) => void open(ask));
process.on("disconnect", () => process.exit());

async function open(ask: Ask): Promise<void> {
  for (const socket of sockets) socket.destroy();
  [sockets, seen, through, had] = [[], 0, 0, []];
  // A few at a time: a listener's backlog is 511 connections long.
  while (sockets.length < ask.readers) {
    await Promise.all(Array.from({ length: Math.min(100, ask.readers - sockets.length) }, () => read(ask)));
  }
  tell({ opened: true });
}

/** Resolves once the stream's headers are there. */
function read({ ports, path, readers, mark }: Ask): Promise<void> {
  const port = ports[sockets.length % ports.length]!;
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    let count = 0;
    /** The end of what came last, where a mark may have begun. */
    let tail = Buffer.alloc(0);
    socket.on("error", reject);
    socket.on("data", (chunk) => {
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
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/event-stream\r\n\r\n`);
  });
}

function tell(what: Tell): void {
  process.send!(what);
}
