import type Router from "@koa/router";
import type { Context } from "koa";
import type { Token } from "../../access/token.ts";
import type { Tokens } from "../../access/tokens.ts";
import { Problem } from "../../core/problem.ts";
import type { Topic } from "../../core/topic.ts";
import type { Presence } from "../../presence/presence.ts";
import type { StreamPlaces } from "../request/stream-places.ts";
import { requireToken } from "../request/token.ts";
import { DemandStream } from "./demand-stream.ts";
import { answeredHead, checkAccept, eventStream } from "./event-stream.ts";
import { streamAddress } from "./stream-address.ts";

/** Begins as no author's topic can. */
const DEMAND = "_demand";

/**
 * Who reads what, for programs whose token may read: over all nodes, and of the topics that the token is for. No visitor's own
 * topic is in it, and none that is for pages only.
 *
 * `GET /topics`: `{"topics": [{"topic", "pages", "programs", "source"}]}`, those that somebody reads now, by name: how many pages
 * show it, how many programs follow it, and whether a source runs for it.
 *
 * `GET /events?regions=_demand&as=json`: a list of those topics as a stream, see {@link DemandStream}.
 */
export function readersRoutes(router: Router, presence: Presence, tokens: Tokens, places: StreamPlaces): void {
  router.get("/topics", async (ctx) => {
    const token = requireToken(ctx, tokens, "read");
    const topics = await presence.list();
    ctx.set("Cache-Control", "no-store");
    ctx.body = { topics: topics.filter(({ topic }) => may(tokens, token, topic)) };
  });

  router.get("/events", (ctx, next) => {
    const { names, as } = streamAddress(ctx.querystring);
    if (!names.includes(DEMAND)) return next();
    checkDemand(ctx, names, as);
    const token = requireToken(ctx, tokens, "read");
    if (answeredHead(ctx)) return;
    ctx.req.resume(); // else Node would not notice that the socket is closed
    const answer = eventStream(ctx, true);
    const { out } = answer;
    if (out.destroyed) return;
    out.once("close", places.take(ctx.ip));
    const stream = new DemandStream(DEMAND, answer, (topic) => may(tokens, token, topic));
    const leave = presence.follow((topics) => {
      if (may(tokens, token)) stream.update(topics);
      else stream.end();
    }, stream.end);
    out.on("drain", stream.onDrain);
    out.once("close", () => {
      leave();
      stream.close();
    });
  });
}

/** Whether the token, which was admitted, may still read: a topic, or any. Undefined: none is needed. */
function may(tokens: Tokens, token: Token | undefined, topic?: Topic): boolean {
  return token === undefined || tokens.stillMay(token, "read", topic);
}

/** @throws Problem 406 `accept_invalid`, 400 `as_invalid`, `region_invalid` */
function checkDemand(ctx: Context, regions: readonly string[], as: string | undefined): void {
  checkAccept(ctx);
  if (as !== "json") throw new Problem(400, "as_invalid", `${DEMAND} is for programs. Add as=json.`);
  if (regions.length > 1) {
    throw new Problem(400, "region_invalid", `${DEMAND} is a stream by itself: /events?regions=${DEMAND}&as=json.`);
  }
}
