import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import type { Context } from "koa";
import { streamHeaders } from "../../core/event.ts";
import { Problem } from "../../core/problem.ts";
import type { Sink } from "../../delivery/subscriber.ts";

/** An answer that is a stream of events. */
export interface EventStream {
  /** What the bytes are written to. It emits `drain` and `close`. */
  out: Duplex;
  /**
   * Sends the head, at the first call. To be called once the broker has accepted the subscription, which it may refuse with an
   * error status.
   */
  open(): void;
  sink: Sink;
}

const TYPE = streamHeaders["Content-Type"]!;

/** @throws Problem 406 `accept_invalid` */
export function checkAccept(ctx: Context): void {
  if (ctx.accepts(TYPE) !== false) return;
  throw new Problem(406, "accept_invalid", `This is an event stream. Send Accept: ${TYPE}.`);
}

/** Answers a request for the head alone. @returns whether it was one */
export function answeredHead(ctx: Context): boolean {
  if (ctx.method !== "HEAD") return false;
  ctx.status = 200;
  ctx.set(streamHeaders);
  return true;
}

/**
 * Makes the answer to a request a stream of events. Nothing is sent yet.
 * @param program whether a program reads it, and not a page. Libraries may hold back a body that is not chunked until their
 * buffer
 *   is full, which may be never
 */
export function eventStream(ctx: Context, program: boolean): EventStream {
  const { httpVersionMajor, httpVersionMinor } = ctx.req;
  return httpVersionMajor === 1 ? socketStream(ctx, program && httpVersionMinor > 0) : http2Stream(ctx);
}

/**
 * HTTP/1: bytes are written to the socket itself, and for pages without chunks, so that all readers are sent the same Buffer.
 * Then the stream ends with the connection, which HTTP/1.0 readers such as nginx understand, too.
 */
function socketStream(ctx: Context, chunked: boolean): EventStream {
  const { req, res } = ctx;
  const { socket } = req;
  const open = () => {
    if (res.headersSent || socket.destroyed) return;
    if (!chunked) res.removeHeader("Transfer-Encoding");
    res.setHeader("Connection", "close");
    begin(ctx);
  };
  return { out: socket, open, sink: sinkOf(socket, res, open, chunked ? chunk : undefined) };
}

/**
 * HTTP/2: all streams of a connection share its socket, so that bytes are written to the stream. Unlike the response object,
 * that knows whether its reader has gone.
 */
function http2Stream(ctx: Context): EventStream {
  const { res } = ctx;
  const { stream } = res as unknown as Http2ServerResponse;
  const open = () => {
    if (!res.headersSent && !stream.destroyed) begin(ctx);
  };
  return { out: stream, open, sink: sinkOf(stream, res, open) };
}

function begin(ctx: Context): void {
  ctx.respond = false;
  ctx.res.statusCode = 200;
  for (const [name, value] of Object.entries(streamHeaders)) ctx.res.setHeader(name, value);
  ctx.res.flushHeaders();
}

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

function sinkOf(out: Duplex, res: ServerResponse, open: () => void, framed = (bytes: Buffer) => bytes): Sink {
  return {
    write(bytes) {
      open();
      // Not writable: the reader has hung up, and `close` has not been emitted yet.
      return out.writable && out.write(framed(bytes));
    },
    end() {
      open();
      res.end();
    },
  };
}
