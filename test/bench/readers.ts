import { Agent, get } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { constants, createGunzip } from "node:zlib";

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
  /** Whether streams may be compressed, over HTTP/1.1. */
  readonly gzip?: boolean | undefined;
  /** Of how many the marks are counted, all by default: the last that come. The others take the bytes, as they are. */
  readonly watched?: number | undefined;
  /** Whether they say that they are there, as pages do that are asked. */
  readonly areHere?: boolean | undefined;
}

export type Protocol = "HTTP/1.1" | "HTTPS/1.1" | "HTTP/2";

/** `opened`: whether all streams are, or some more of them. `through`: what every reader has. `seen`: the marks of all readers together. */
export type Tell = { readonly opened: boolean } | { readonly through: number; readonly seen: number };

let streams: Duplex[] = [];
let seen = 0;
let through = 0;
/** How many readers have had the n-th mark. */
let had: number[] = [];
/** Says for each page that it is there. */
let answers: NodeJS.Timeout[] = [];
/** Before a page is asked again that has not answered. */
const ANSWER_MS = 10_000;
const agent = new Agent({ keepAlive: true, maxSockets: 4 });

process.on("message", (ask: Ask) => void open(ask));
process.on("disconnect", () => process.exit());

async function open(ask: Ask): Promise<void> {
  for (const stream of streams) stream.destroy();
  for (const answer of answers) clearInterval(answer);
  [streams, answers, seen, through, had] = [[], [], 0, 0, []];
  // A few at a time: a listener's backlog is 511 connections long.
  while (streams.length < ask.readers) {
    await Promise.all(Array.from({ length: Math.min(100, ask.readers - streams.length) }, () => read(ask)));
    tell({ opened: streams.length === ask.readers });
  }
}

/** Resolves once the stream's headers are there. */
function read(asked: Ask): Promise<void> {
  const { ports, path, readers, watched = readers, gzip = false, areHere = false } = asked;
  const port = ports[streams.length % ports.length]!;
  const isWatched = streams.length >= readers - watched;
  return new Promise((resolve, reject) => {
    const stream = ask(asked, port, path);
    streams.push(stream);
    stream.on("error", reject).once("data", () => resolve());
    if (areHere) answer(stream, port);
    if (!isWatched) stream.resume();
    else if (gzip) unzipped(stream, counting(asked.mark, watched));
    else stream.on("data", counting(asked.mark, watched));
  });
}

/** Counts the marks in what one stream brings. */
function counting(mark: string, watched: number): (chunk: Buffer) => void {
  let count = 0;
  /** The end of what came last, where a mark may have begun. */
  let tail: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    let from = 0;
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, from)) {
      seen++;
      had[++count] = (had[count] ?? 0) + 1;
      from = at + mark.length;
    }
    tail = bytes.subarray(Math.max(from, bytes.length - mark.length + 1));
    const before = through;
    while (had[through + 1] === watched) through++;
    if (through > before) tell({ through, seen });
  };
}

/** Reads an answer that is compressed. */
function unzipped(stream: Duplex, take: (bytes: Buffer) => void): void {
  const gunzip = createGunzip({ flush: constants.Z_SYNC_FLUSH }).on("data", take);
  let head = "";
  stream.on("data", (chunk: Buffer) => {
    if (head.includes(HEAD_END)) gunzip.write(chunk);
    else {
      head += chunk.toString("latin1");
      const at = head.indexOf(HEAD_END);
      if (at >= 0) gunzip.write(Buffer.from(head.slice(at + HEAD_END.length), "latin1"));
    }
  });
}

const HEAD_END = "\r\n\r\n";

/** The beginning of a page's stream has its id, which is not compressed. */
function answer(stream: Duplex, port: number): void {
  let begin = "";
  const look = (chunk: Buffer) => {
    begin += chunk.toString("latin1");
    const [, id] = /name="_here" value="([^"]+)"/.exec(begin) ?? [];
    if (id === undefined) return;
    stream.off("data", look);
    const isHere = () => {
      // Its server may be gone by now.
      get({ port, host: "127.0.0.1", path: `/here?_here=${id}`, agent }, (res) => res.resume()).on("error", () => {});
    };
    answers.push(setInterval(isHere, ANSWER_MS));
  };
  stream.on("data", look);
}

/** Asks for a stream on a connection of its own, as a browser with one tab does. */
function ask({ over = "HTTP/1.1", gzip = false }: Ask, port: number, path: string): Duplex {
  const [host, rejectUnauthorized] = ["127.0.0.1", false];
  if (over === "HTTP/2") {
    const session = connectHttp2(`https://${host}:${port}`, { rejectUnauthorized });
    session.on("error", () => {}); // the stream's own tells of it
    const stream = session.request({ ":path": path, accept: "text/event-stream" });
    return stream.on("close", () => session.destroy());
  }
  const socket = over === "HTTP/1.1" ? connect(port, host) : connectTls({ port, host, rejectUnauthorized });
  const encoding = gzip ? "Accept-Encoding: gzip\r\n" : "";
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/event-stream\r\n${encoding}\r\n`);
  return socket;
}

function tell(what: Tell): void {
  process.send!(what);
}
