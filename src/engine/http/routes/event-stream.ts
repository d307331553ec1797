import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import type { Context } from "koa";
import { streamHeaders } from "../../core/event.ts";
import type { Sink } from "../../delivery/subscriber.ts";

/** An answer that goes on. */
export interface EventStream {
  /** Where bytes go, and what tells of room and of the end. */
  out: Duplex;
  /** Sends the head, once. Not before the broker has taken the subscription, which it may refuse with another status. */
  open(): void;
  sink: Sink;
}

/**
 * @param program whether it is read by a program that is no page. Its library may hold a body that is not chunked back until
 *   its buffer is full, for ever if need be
 */
export function eventStream(ctx: Context, program: boolean): EventStream {
  const { httpVersionMajor, httpVersionMinor } = ctx.req;
  return httpVersionMajor === 1 ? socketStream(ctx, program && httpVersionMinor > 0) : http2Stream(ctx);
}

/**
 * HTTP/1: bytes go to the socket itself, and to pages neither chunked nor copied, so that one Buffer serves every reader.
 * Without chunks only the connection's end ends the stream, which HTTP/1.0 readers, nginx among them, understand as well.
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
 * HTTP/2 refuses writes to the socket, which all streams of a session share, and frames what it is given. Its own stream,
 * unlike the response around it, knows whether its reader has gone.
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
      // A reader that has hung up: its end has come, its close has not.
      return out.writable && out.write(framed(bytes));
    },
    end() {
      open();
      res.end();
    },
  };
}
