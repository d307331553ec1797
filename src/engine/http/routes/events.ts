import type Router from "@koa/router";
import type { Context } from "koa";
import type { Broker } from "../../broker/broker.ts";
import { formatCursor, parseCursor } from "../../core/cursor.ts";
import { encodeEvent } from "../../core/event.ts";
import { Problem } from "../../core/problem.ts";
import { isPrivate } from "../../core/topic.ts";
import type { StreamFormat } from "../../delivery/hub.ts";
import type { Subscriber } from "../../delivery/subscriber.ts";
import type { Report } from "../../ops/logger.ts";
import type { Views } from "../../views/views.ts";
import type { Admit } from "../request/address.ts";
import type { Admission, Guard } from "../request/guard.ts";
import type { PageList } from "../request/open-page.ts";
import { aboutRequest } from "../request/request-id.ts";
import { type StreamPlaces, VISITOR_STREAMS } from "../request/stream-places.ts";
import { countedVisitor } from "../request/visitor.ts";
import { answeredHead, checkAccept, compressible, type EventStream, eventStream, takesGzip } from "./event-stream.ts";
import { streamAddress } from "./stream-address.ts";

/**
 * After what time a reader comes back that is turned away since it, or all together, have too much open here; or since nobody knows
 * just now what it may read.
 */
const TURNED_AWAY_MS = 15_000;
/** After what time a reader comes back that is turned away since the log cannot be read just now. */
const UNREADABLE_MS = 1_000;

/**
 * After what time a page comes back by itself for which its visitor's other pages leave no place: until then it asks, and opens its
 * stream when there is one.
 */
const NO_PLACE_MS = 600_000;

/** After what time a page comes back with the seal that has expired, if it did not get another meanwhile. */
const EXPIRED_MS = 3_000;

/** After what time a reader comes back that is only to ask anew: before its page says that the connection is lost. */
const AT_ONCE_MS = 100;

export interface EventsParts {
  readonly broker: Broker;
  readonly views: () => Views;
  readonly admit: Admit;
  readonly guard: Guard;
  /** The path of the site whose stream it is: its pages’ links have it, too. */
  readonly base?: string;
  readonly places: StreamPlaces;
  /** Told of what the author's hook throws. */
  readonly report: Report;
}

export function eventsRoute(router: Router, parts: EventsParts): void {
  const { broker, views, admit, guard, base = "", places, report } = parts;
  router.get(`${base}/events`, async (ctx) => {
    checkAccept(ctx);
    const address = streamAddress(ctx.querystring);
    const { as = "html" } = address;
    if (as !== "html" && as !== "json") {
      throw new Problem(400, "as_invalid", "Write as=json, or leave it out for the pages' own stream.");
    }
    const { regions: asked, seal, cursor } = address;
    if (asked.length === 0) {
      throw new Problem(400, "region_invalid", "Name the regions to follow: /events?regions=price,feed.");
    }
    // A body is ignored; but as long as it is not read, Node would not notice that the socket is closed.
    ctx.req.resume();
    const isWatched = guard.watches(asked);
    const check = () => admitted(guard, ctx, { regions: asked, seal }, as);
    const admission = await check().catch((error) => {
      if (as === "json") throw error;
      report("It could not be found out who may read a stream.", error, aboutRequest(ctx));
    });
    // What not everybody may read must not be guessed by how well it compresses beside what a stranger has written.
    const gzip =
      isCompressed(address.compress, as) &&
      !isWatched &&
      !asked.some(({ topic }) => isPrivate(topic)) &&
      takesGzip(ctx);
    if (answeredHead(ctx, gzip)) return;

    const stream = eventStream(ctx, as === "json");
    if (stream.out.destroyed) return;
    if (admission === undefined) return turnAway(stream, TURNED_AWAY_MS);
    const { regions, withheld, expiresAt } = admission;
    const visitor = as === "html" ? countedVisitor(ctx) : undefined; // before the head is sent, since it may set a cookie
    if (expiresAt <= Date.now()) return turnAway(stream, EXPIRED_MS, views().renewal());
    if (withheld.length > 0) stream.write(encodeEvent({ data: views().withheld(withheld) }));
    if (regions.length === 0) return endForGood(stream, views());
    const lastEventId = ctx.get("Last-Event-ID") || undefined;
    let leave: () => void;
    try {
      leave = places.take(ctx.ip, visitor);
      stream.out.on("close", leave);
      for (const { topic } of regions) admit(ctx, topic);
    } catch (error) {
      if (!isTooMany(error)) throw error;
      if (error.code !== VISITOR_STREAMS) return turnAway(stream, TURNED_AWAY_MS);
      const at = parseCursor(lastEventId ?? cursor ?? "");
      const asking = { before: null, cursor: at && formatCursor(at), more: "" } as const;
      return turnAway(stream, NO_PLACE_MS, views().askingBeat("tabs", asking));
    }
    if (gzip) compressible(ctx, stream);
    // A reader that is away without a word keeps its socket for long, and its place only until its page opens another stream.
    stream.atEnd = leave;
    const subscriber = await broker.subscribe({ regions, as, lastEventId, cursor }, stream).catch((error) => {
      if (!(error instanceof Problem) || error.code !== "broker_unavailable") throw error;
    });
    if (subscriber === undefined) return turnAway(stream, UNREADABLE_MS);
    stream.open();
    attend(stream, subscriber, expiresAt);
    if (isWatched) {
      const renew = () => broker.tell(subscriber, views().renewal());
      const isPersonal = () => guard.isPersonal(ctx);
      watchOver(stream, subscriber, { admission, check, renew, isPersonal, guard });
    }
    // The reader may have gone while the broker was reading, before there was a listener.
    if (stream.out.destroyed) subscriber.close();
  });
}

/**
 * Whether a stream is to be compressed: a page's; a program's only where it asks for that.
 * @throws Problem 400 `compress_invalid`
 */
function isCompressed(compress: string | undefined, as: StreamFormat): boolean {
  if (compress === undefined) return as === "html";
  if (compress === "gzip") return true;
  throw new Problem(400, "compress_invalid", "Write compress=gzip, or leave it out.");
}

/** What whoever asks may read of a list. @throws Problem 401, 403 to a program, as {@link Guard.admitProgram} does */
async function admitted(guard: Guard, ctx: Context, list: PageList, as: StreamFormat): Promise<Admission> {
  if (as === "html") return guard.admit(ctx, list);
  await guard.admitProgram(
    ctx,
    list.regions.map(({ topic }) => topic),
  );
  return { regions: list.regions, withheld: [], expiresAt: Number.POSITIVE_INFINITY, page: "" };
}

/**
 * Tells the subscriber when its reader has taken what was written, and when it has gone. A function of its own: within the route
 * these listeners would keep the whole request for as long as the stream is open: 1 KB more for each of ten thousand.
 */
function attend({ out }: EventStream, subscriber: Subscriber, expiresAt: number): void {
  out.on("drain", () => (Date.now() < expiresAt ? subscriber.onDrain() : subscriber.end()));
  out.on("close", () => subscriber.close());
}

interface Watch {
  /** As it was when the stream was opened. */
  readonly admission: Admission;
  /** Gives it as it is now. */
  readonly check: () => Promise<Admission>;
  /** Has the page ask for its stream again, with another seal. */
  readonly renew: () => void;
  /** Whether only a new request tells if that still holds. */
  readonly isPersonal: () => boolean;
  readonly guard: Pick<Guard, "checkMs" | "lifeMs">;
}

/**
 * Checks an open stream again and again. One that may not go on as it is ends: its reader comes back, and is told then. So does
 * one whose reader may have logged out since: it comes back with the cookies that its browser has now, and misses nothing. A page
 * asks for another seal at about half of its life, and again until it has one.
 */
function watchOver(stream: EventStream, subscriber: Subscriber, watch: Watch): void {
  const { admission, check, renew, isPersonal, guard } = watch;
  let isAsked = false;
  // Pages that were opened together should not ask together.
  const renewAt = admission.expiresAt - guard.lifeMs * (0.4 + 0.2 * Math.random());
  const look = async () => {
    const { regions, expiresAt } = await check();
    if (regions.length < admission.regions.length || expiresAt <= Date.now()) subscriber.end();
    else if (isPersonal() && (isAsked || renewAt > Date.now())) {
      stream.write(encodeEvent({ retry: AT_ONCE_MS }));
      subscriber.end();
    } else if (renewAt <= Date.now()) {
      isAsked = true;
      renew();
    }
  };
  const everyMs = guard.checkMs * (0.8 + 0.2 * Math.random());
  const timer = setInterval(() => look().catch(() => subscriber.end()), everyMs).unref();
  stream.out.on("close", () => clearInterval(timer));
}

/**
 * Ends the stream at once with a time to come back. At an error status htmx's extension would make a new EventSource, and lose
 * the last id.
 */
function turnAway(stream: EventStream, retry: number, data?: string): void {
  stream.write(encodeEvent({ retry, data }));
  stream.end();
}

/** Ends the stream of a page that may show nothing of what it asks for, so that it asks no more. */
function endForGood(stream: EventStream, views: Views): void {
  stream.write(encodeEvent({ data: views.pulse("ended") }));
  stream.write(encodeEvent({ event: "end", data: "" }));
  stream.end();
}

/** Whether a bound of what an address, or all, may have was reached. */
function isTooMany(error: unknown): error is Problem {
  return error instanceof Problem && (error.status === 429 || error.code === "streams_full");
}
