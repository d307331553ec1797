import type Router from "@koa/router";
import type { Context } from "koa";
import type { Broker } from "../../broker/broker.ts";
import { encodeEvent, streamHeaders } from "../../core/event.ts";
import { Problem } from "../../core/problem.ts";
import { parseRegions } from "../../core/region.ts";
import type { Topic } from "../../core/topic.ts";
import type { Admit } from "../request/address.ts";
import { type EventStream, eventStream } from "./event-stream.ts";

const STREAM = streamHeaders["Content-Type"]!;
/** When a reader whose address has too much at work here comes back. */
const TURNED_AWAY_MS = 15_000;
/** When a reader comes back that needs what cannot be read just now. */
const UNREADABLE_MS = 1_000;

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
    const stream = eventStream(ctx, as === "json");
    if (!regions.every(({ topic }) => admits(ctx, topic, admit))) {
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
    // The reader may have gone while the broker was reading.
    if (stream.out.destroyed) subscriber.close();
  });
}

/** A passing error would cost the page its Last-Event-ID: htmx's extension then makes a new EventSource. */
function turnAway({ sink }: EventStream, retry: number): void {
  sink.write(encodeEvent({ retry }));
  sink.end();
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
