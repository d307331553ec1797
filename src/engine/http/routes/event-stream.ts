import type { ServerResponse } from "node:http";
import type { Http2ServerResponse, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Context } from "koa";
import { streamHeaders } from "../../core/event.ts";
import { Problem } from "../../core/problem.ts";
import type { Sink } from "../../delivery/subscriber.ts";
import { codingFor } from "../request/coding.ts";
import { takeSocket } from "../request/lone-request.ts";

/** An answer that is a stream of events. It keeps nothing of its request once it is open. */
export interface EventStream extends Sink {
  /** What the bytes are written to. It emits `drain` and `close`. */
  readonly out: Duplex;
  /**
   * Sends the head, at the first call. To be called once the broker has accepted the subscription, which it may refuse with an
   * error status.
   */
  open(): void;
  /** Called at its end, which its reader may not have noticed yet. */
  atEnd: (() => void) | undefined;
}

const TYPE = streamHeaders["Content-Type"]!;
const HEADERS = Object.entries(streamHeaders);
/** Names it among others, without a quality. */
const NAMED = new RegExp(`(?:^|,) *${TYPE} *(?:,|$)`);

/** @throws Problem 406 `accept_invalid` */
export function checkAccept(ctx: Context): void {
  if (NAMED.test(ctx.get("Accept")) || ctx.accepts(TYPE) !== false) return;
  throw new Problem(406, "accept_invalid", `This is an event stream. Send Accept: ${TYPE}.`);
}

/** Answers a request for the head alone. @param gzip whether the stream would be compressed. @returns whether it was one */
export function answeredHead(ctx: Context, gzip = false): boolean {
  if (ctx.method !== "HEAD") return false;
  ctx.status = 200;
  ctx.set(streamHeaders);
  if (gzip) ctx.set("Content-Encoding", "gzip");
  return true;
}

/**
 * Makes the answer to a request a stream of events. Nothing is sent yet.
 * @param program whether a program reads it, and not a page. Libraries may hold back a body that is not chunked until their
 * buffer is full, which may be never
 */
export function eventStream(ctx: Context, program: boolean): EventStream {
  const { httpVersionMajor, httpVersionMinor } = ctx.req;
  return httpVersionMajor === 1 ? new SocketStream(ctx, program && httpVersionMinor > 0) : new Http2Stream(ctx);
}

/** Whether the reader of a stream that may be compressed takes that. Says in the answer that it depends on it. */
export function takesGzip(ctx: Context): boolean {
  ctx.vary("Accept-Encoding");
  // What speaks HTTP/1.0 is a proxy, most often, that may keep an answer for readers of another kind.
  return ctx.req.httpVersion !== "1.0" && codingFor(ctx, ["gzip"]) !== undefined;
}

/** Lets a stream be compressed that nothing has been written to. */
export function compressible(ctx: Context, stream: EventStream): void {
  stream.compress = () => {
    ctx.set("Content-Encoding", "gzip");
    stream.compress = undefined; // or it would keep the whole request for as long as the stream is open
  };
}

/**
 * HTTP/1: bytes are written to the socket itself, and for pages without chunks, so that all readers are sent the same Buffer.
 * Then the stream ends with the connection, which HTTP/1.0 readers such as nginx understand, too.
 */
class SocketStream implements EventStream {
  readonly out: Socket;
  readonly #isChunked: boolean;
  /** Until the head is sent. */
  #ctx: Context | undefined;
  /** Until the turn is over in which it begins: the head, and what was written after it. */
  #first: Buffer[] | undefined;
  atEnd: (() => void) | undefined;
  compress: (() => void) | undefined;

  constructor(ctx: Context, isChunked: boolean) {
    this.out = ctx.req.socket;
    this.#isChunked = isChunked;
    this.#ctx = ctx;
  }

  open(): void {
    const ctx = this.#ctx;
    if (ctx === undefined) return;
    this.#ctx = undefined;
    if (this.out.destroyed) return;
    begin(ctx);
    if (takeSocket(ctx.req)) {
      this.#beginAlone(ctx);
      return;
    }
    ctx.res.setHeader("Connection", "close");
    this.out.cork(); // the head goes out with the first events
    process.nextTick(uncork, this.out);
    if (!this.#isChunked) ctx.res.removeHeader("Transfer-Encoding");
    ctx.res.flushHeaders();
  }

  /** Makes the head itself, so that nothing of the request is kept. What the reader sends from now on ends the stream. */
  #beginAlone(ctx: Context): void {
    if (this.#isChunked) ctx.res.setHeader("Transfer-Encoding", "chunked");
    this.#first = [headOf(ctx.res)];
    process.nextTick(sendFirst, this);
    this.out.on("data", destroy).on("end", end).resume();
  }

  write(bytes: Buffer): boolean {
    if (this.#ctx !== undefined) this.open();
    // Not writable: the reader has hung up, and `close` has not been emitted yet.
    if (!this.out.writable) return false;
    const written = this.#isChunked ? chunk(bytes) : bytes;
    if (this.#first === undefined) return this.out.write(written);
    this.#first.push(written);
    return (bytes.length < SMALL_BYTES && this.#first.length < MOST_TOGETHER) || this.sendFirst();
  }

  /** Sends the head and the first events, copied into one: that takes less time than to have the system gather so little. */
  sendFirst(): boolean {
    const first = this.#first;
    this.#first = undefined;
    return first === undefined || (this.out.writable && this.out.write(Buffer.concat(first)));
  }

  end(): void {
    this.atEnd?.();
    this.open();
    this.sendFirst();
    if (this.#isChunked && this.out.writable) this.out.write(LAST_CHUNK);
    this.out.destroySoon();
  }
}

/**
 * HTTP/2: all streams of a connection share its socket, so that bytes are written to the stream. Unlike the response object,
 * that knows whether its reader has gone.
 */
class Http2Stream implements EventStream {
  readonly out: ServerHttp2Stream;
  /** Until the head is sent. */
  #ctx: Context | undefined;
  atEnd: (() => void) | undefined;
  compress: (() => void) | undefined;

  constructor(ctx: Context) {
    this.out = (ctx.res as unknown as Http2ServerResponse).stream;
    this.#ctx = ctx;
  }

  open(): void {
    const ctx = this.#ctx;
    this.#ctx = undefined;
    if (ctx === undefined || this.out.destroyed) return;
    begin(ctx);
    ctx.res.flushHeaders();
  }

  write(bytes: Buffer): boolean {
    if (this.#ctx !== undefined) this.open();
    return this.out.writable && this.out.write(bytes);
  }

  end(): void {
    this.atEnd?.();
    this.open();
    this.out.end();
  }
}

function begin(ctx: Context): void {
  ctx.respond = false;
  ctx.res.statusCode = 200;
  for (const [name, value] of HEADERS) ctx.res.setHeader(name, value);
}

/** As Node would write it: it has looked at each value when that was set. */
function headOf(res: ServerResponse): Buffer {
  let head = `HTTP/1.1 200 OK\r\nDate: ${new Date().toUTCString()}\r\n`;
  for (const name of (res as RawNames).getRawHeaderNames()) {
    const value = res.getHeader(name);
    if (Array.isArray(value)) for (const one of value) head += `${name}: ${one}\r\n`;
    else head += `${name}: ${value}\r\n`;
  }
  return Buffer.from(`${head}\r\n`, "latin1");
}

/** Of every answer, though its types tell so of requests alone. */
type RawNames = ServerResponse & { getRawHeaderNames(): string[] };

function destroy(this: Socket): void {
  this.destroy();
}

function end(this: Socket): void {
  this.destroySoon();
}

function uncork(out: Duplex): void {
  out.uncork();
}

function sendFirst(stream: SocketStream): void {
  stream.sendFirst();
}

/** What begins a stream is kept back for as long as it is so small, and so few: together no more than a socket would queue. */
const SMALL_BYTES = 2 * 1024;
const MOST_TOGETHER = 8;
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}
