import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type Router from "@koa/router";
import type { Context } from "koa";
import type { Broker } from "../broker.ts";
import { streamHeaders } from "../event.ts";
import { Problem } from "../problem.ts";
import { parseRegions } from "../region.ts";
import type { Sink } from "../subscriber.ts";

const STREAM = streamHeaders["Content-Type"]!;

export function eventsRoute(router: Router, broker: Broker): void {
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
    const stream = ctx.req.httpVersionMajor === 1 ? await socketStream(ctx) : responseStream(ctx);
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

interface Stream {
  /** Where bytes go, and what tells of room and of the end. */
  out: Socket | ServerResponse;
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

/** HTTP/2 refuses writes to the socket, and frames what it is given. */
function responseStream(ctx: Context): Stream {
  const { res } = ctx;
  const open = () => {
    if (!res.headersSent && !res.destroyed) begin(ctx);
  };
  return { out: res, open, sink: sinkOf(res, res, open) };
}

function begin(ctx: Context): void {
  ctx.respond = false;
  ctx.res.statusCode = 200;
  for (const [name, value] of Object.entries(streamHeaders)) ctx.res.setHeader(name, value);
  ctx.res.flushHeaders();
}

function sinkOf(out: Socket | ServerResponse, res: ServerResponse, open: () => void): Sink {
  return {
    write(bytes) {
      open();
      return !out.destroyed && !res.writableEnded && out.write(bytes);
    },
    end() {
      open();
      res.end();
    },
  };
}
