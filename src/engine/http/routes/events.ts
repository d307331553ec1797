import type Router from "@koa/router";
import type { Broker } from "../../broker/broker.ts";
import { encodeEvent, streamHeaders } from "../../core/event.ts";
import { Problem } from "../../core/problem.ts";
import { parseRegions } from "../../core/region.ts";
import type { Admit } from "../request/address.ts";
import { StreamPlaces } from "../request/stream-places.ts";
import { type EventStream, eventStream } from "./event-stream.ts";

const STREAM = streamHeaders["Content-Type"]!;
/** After what time a reader comes back that is turned away since it, or all together, have too much open here. */
const TURNED_AWAY_MS = 15_000;
/** After what time a reader comes back that is turned away since the log cannot be read just now. */
const UNREADABLE_MS = 1_000;

interface EventsOptions {
  /** The path of the site whose stream it is: its pages’ links have it, too. */
  readonly base?: string;
  readonly places?: StreamPlaces;
}

export function eventsRoute(
  router: Router,
  broker: Broker,
  admit: Admit,
  { base = "", places = new StreamPlaces() }: EventsOptions = {},
): void {
  router.get(`${base}/events`, async (ctx) => {
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

    // A body is ignored; but as long as it is not read, Node would not notice that the socket is closed.
    ctx.req.resume();
    const stream = eventStream(ctx, as === "json");
    if (stream.out.destroyed) return;
    try {
      stream.out.once("close", places.take(ctx.ip));
      for (const { topic } of regions) admit(ctx, topic);
    } catch (error) {
      if (!isTooMany(error)) throw error;
      return turnAway(stream, TURNED_AWAY_MS);
    }
    const subscriber = await broker
      .subscribe(
        { regions, as, lastEventId: ctx.get("Last-Event-ID") || undefined, cursor: query.get("cursor") ?? undefined },
        stream.sink,
      )
      .catch((error) => {
        if (!(error instanceof Problem) || error.code !== "broker_unavailable") throw error;
      });
    if (subscriber === undefined) return turnAway(stream, UNREADABLE_MS);
    stream.open();
    stream.out.on("drain", () => subscriber.onDrain());
    stream.out.on("close", () => subscriber.close());
    // The reader may have gone while the broker was reading, before there was a listener.
    if (stream.out.destroyed) subscriber.close();
  });
}

/**
 * Ends the stream at once with a time to come back. At an error status htmx's extension would make a new EventSource, and lose
 * the last id.
 */
function turnAway({ sink }: EventStream, retry: number): void {
  sink.write(encodeEvent({ retry }));
  sink.end();
}

/** Whether a bound of what an address, or all, may have was reached. */
function isTooMany(error: unknown): boolean {
  return error instanceof Problem && (error.status === 429 || error.code === "streams_full");
}
