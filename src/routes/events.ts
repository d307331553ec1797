import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import type Router from "@koa/router";
import type { Context } from "koa";
import type { Broker } from "../broker.ts";
import { encodeEvent, streamHeaders } from "../event.ts";
import { Problem } from "../problem.ts";
import { parseRegions } from "../region.ts";
import type { Sink } from "../subscriber.ts";
import type { Topic } from "../topic.ts";
import type { Admit } from "./address.ts";

const STREAM = streamHeaders["Content-Type"]!;
/** When a reader whose address has too much at work here comes back. */
const TURNED_AWAY_MS = 15_000;

export function eventsRoute(router: Router, broker: Broker, admit: Admit): void {
  router.get("/events", async (ctx) => {
    if (ctx.accepts(STREAM) === false) {
      throw new Problem(406, "accept_invalid", `This is an event stream. Send Accept: ${STREAM}.`);
    }
    const query = new URLSearchParams(ctx.querystring);
    const as = query.get("as") ?? "html";
    if (as !== "html" && as !== "json") {
      throw new Problem(400, "as_invalid", "Write as=json, or leave it out for the pages' own stream.");
    }
    const regions = parseRegions(query.getAll("regions").join(","));
    if (regions.length === 0) {
      throw new Problem(400, "region_invalid", "Name the regions to follow: /events?regions=price,feed.");
    }
    if (ctx.method === "HEAD") {
      ctx.status = 200;
      ctx.set(streamHeaders);
      return;
    }

    // A body has no meaning here, but while it is unread the socket is not read, and its end would not be seen.
    ctx.req.resume();
    const stream = ctx.req.httpVersionMajor === 1 ? await socketStream(ctx) : http2Stream(ctx);
    if (!regions.every(({ topic }) => admits(ctx, topic, admit))) {
      // A passing error would cost the page its Last-Event-ID: htmx's extension then makes a new EventSource.
      stream.sink.write(encodeEvent({ retry: TURNED_AWAY_MS }));
      stream.sink.end();
      return;
    }
    const subscriber = await broker.subscribe(
      { regions, as, lastEventId: ctx.get("Last-Event-ID") || undefined, cursor: query.get("cursor") ?? undefined },
      stream.sink,
    );
    stream.open();
    stream.out.on("drain", () => subscriber.drained());
    stream.out.on("close", () => subscriber.close());
    // The reader may have gone while the broker was reading.
    if (stream.out.destroyed) subscriber.close();
  });
}

/** Whether the reader's address may have this topic at work, too. */
function admits(ctx: Context, topic: Topic, admit: Admit): boolean {
  try {
    admit(ctx, topic);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 429) return false;
    throw error;
  }
}

interface Stream {
  /** Where bytes go, and what tells of room and of the end. */
  out: Duplex;
  /** Sends the head, once. Not before the broker has taken the subscription, which it may refuse with another status. */
  open(): void;
  sink: Sink;
}

/**
 * HTTP/1: bytes go to the socket itself, neither chunked nor copied, so that one Buffer serves every reader. Without
 * chunks only the connection's end ends the stream, which HTTP/1.0 readers, nginx among them, understand as well.
 */
async function socketStream(ctx: Context): Promise<Stream> {
  const { req, res } = ctx;
  const { socket } = req;
  // A pipelined request: the answers before it go out first.
  if (res.socket === null) {
    await new Promise<unknown>((resolve) => {
      res.once("socket", resolve);
      socket.once("close", resolve);
    });
  }
  const open = () => {
    if (res.headersSent || socket.destroyed) return;
    res.removeHeader("Transfer-Encoding");
    res.setHeader("Connection", "close");
    begin(ctx);
  };
  return { out: socket, open, sink: sinkOf(socket, res, open) };
}

/**
 * HTTP/2 refuses writes to the socket, which all streams of a session share, and frames what it is given. Its own stream,
 * unlike the response around it, knows whether its reader has gone.
 */
function http2Stream(ctx: Context): Stream {
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

function sinkOf(out: Duplex, res: ServerResponse, open: () => void): Sink {
  return {
    write(bytes) {
      open();
      // A reader that has hung up: its end has come, its close has not.
      return out.writable && out.write(bytes);
    },
    end() {
      open();
      res.end();
    },
  };
}
