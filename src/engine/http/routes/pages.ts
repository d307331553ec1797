import type { Context, Middleware } from "koa";
import type { Broker } from "../../broker/broker.ts";
import { Problem } from "../../core/problem.ts";
import type { Region } from "../../core/region.ts";
import type { Topic } from "../../core/topic.ts";
import { WALL } from "../../views/files/front-matter.ts";
import type { Fill } from "../../views/page/page-load.ts";
import type { PageParts, Query } from "../../views/page/page-parts.ts";
import type { Views } from "../../views/views.ts";
import { type Admit, originOf } from "../request/address.ts";
import type { Authorizer } from "../request/authorizer.ts";
import { codingFor } from "../request/coding.ts";
import type { Guard } from "../request/guard.ts";
import { isForAll, ofOne } from "../request/personal.ts";
import { loadIdFor, visitorFor } from "../request/visitor.ts";
import type { OwnAddresses } from "./own-addresses.ts";

/** How long a page waits for the first value of a topic. */
const FIRST_VALUE_MS = 300;

/** Reads a region for a page. @param awaits whether a topic's first value is waited for, where it has none yet */
export function fillFrom(broker: Broker, awaits: (topic: Topic) => boolean): Fill {
  const inTime = async (region: Region) => {
    if (awaits(region.topic)) await broker.waitForValue(region.topic, FIRST_VALUE_MS);
    return broker.html(region);
  };
  return (region) => broker.htmlNow(region) ?? inTime(region);
}

/** What a feature's own page sees as `data`, for whoever asks, at a query as its front matter has it. */
export type PageData = (ctx: Context, query: Query) => object | Promise<object>;

/** What a page is rendered with for whoever asks. */
export type PagePartsOf = (ctx: Context, name: string, given: Context["query"]) => Promise<PageParts>;

export interface PagesParts {
  readonly views: () => Views;
  readonly broker: Broker;
  readonly fill: Fill;
  readonly admit: Admit;
  readonly authorizer: Authorizer;
  readonly guard: Guard;
  /** What the pages of features see besides, by their names. */
  readonly own: Readonly<Record<string, PageData>>;
}

export function pageParts({ views, broker, fill, admit, authorizer, guard, own }: PagesParts): PagePartsOf {
  return async (ctx, name, given) => {
    const user = authorizer.isOpen ? undefined : await authorizer.page(ctx, name);
    const query = views().checkQuery(name, given);
    const cursor = broker.cursor(); // before anything is read
    // Of a path with parameters a visitor makes the name: it may be __proto__.
    const dataOf = Object.hasOwn(own, name) ? own[name] : undefined;
    const data = dataOf && ofOne(ctx, await dataOf(ctx, query));
    return {
      user,
      query,
      wall: given[WALL] !== undefined,
      cursor,
      data,
      denied: authorizer.isOpen ? undefined : (topics) => authorizer.denied(ctx, topics),
      haveEnded: (topics) => broker.haveEnded(topics),
      fill: (region) => {
        admit(ctx, region.topic);
        return fill(region);
      },
      still: (region) => broker.still(region),
      visitor: (name) => ofOne(ctx, visitorFor(ctx, name)),
      newId: () => ofOne(ctx, loadIdFor(ctx)),
      seal: guard.seal(ctx, name),
      origin: originOf(ctx),
    };
  };
}

/** Of so many paths it is known whether they are a route's. */
const MAX_KNOWN = 1_000;

/**
 * Each template under views/pages, at its path. No routes of the router's: pages come and go while the server runs.
 * @param own the addresses of routes, where no page is shown
 * @param admitted lets those pass who may see a page
 */
export function pages(
  views: () => Views,
  own: Pick<OwnAddresses, "has">,
  partsOf: PagePartsOf,
  admitted: Middleware,
): Middleware {
  const covered = new Map<string, boolean>();
  const isCovered = (path: string): boolean => {
    const known = covered.get(path);
    if (known !== undefined) return known;
    const isRoute = own.has(path);
    if (covered.size >= MAX_KNOWN) covered.clear(); // of pages with parameters there is no end of paths
    covered.set(path, isRoute);
    return isRoute;
  };
  return async (ctx, next) => {
    const name = views().paths.at(ctx.path);
    if (name === undefined || isCovered(ctx.path)) return next();
    if (ctx.method !== "GET" && ctx.method !== "HEAD") {
      throw new Problem(405, "method_not_allowed", "Use GET, HEAD at this address.", {
        headers: { Allow: "GET, HEAD" },
      });
    }
    return admitted(ctx, async () => {
      const parts = await partsOf(ctx, name, ctx.query);
      const hasParams = views().paths.of(name) !== undefined;
      return wholePage(ctx, (given) => views().page(name, hasParams ? parts : Object.assign(parts, given)));
    });
  };
}

/** Never stored: the back button would bring back old content with its old cursor. */
export function html(ctx: Context, body: string | Buffer): void {
  ctx.set("Cache-Control", "no-store");
  ctx.set("Content-Type", "text/html; charset=utf-8");
  ctx.body = body;
}

/**
 * A whole page, compressed where that tells no secret. The length of what is compressed tells how much of it is alike: a stranger who
 * sees it on its way, and has a guess of his own in the page, finds what is beside it letter by letter, over the hundreds of loads
 * that he has a visitor's browser make (BREACH). So only that is compressed of which he could load a copy himself, which he has no
 * need to guess:
 *
 * - a page with nothing in it of whoever asks: no id of theirs, no seal, nothing that a feature, or the author's hook by a cookie, a
 *   header or an address, knows of them;
 * - that was asked for without a query, or a path with parameters, which it could repeat, so that whoever's words are in it have been published.
 *
 * What else is secret in such a page is new in each load, where no second length is ever seen of the same: the keys of its forms'
 * presses, and of the load. Whoever knew one could at most send the very press, with all that is typed into it, before its visitor,
 * which then counts once.
 * @param render makes it, and asks whether to compress it once all is known that is in it
 */
export async function wholePage(ctx: Context, render: (given: Pick<PageParts, "isGzipped">) => Promise<Buffer>) {
  let gzipped = false;
  const isGzipped = () => {
    gzipped = isForAll(ctx) && ctx.querystring === "" && codingFor(ctx, ["gzip"]) !== undefined;
    return gzipped;
  };
  html(ctx, await render({ isGzipped }));
  ctx.vary("Accept-Encoding");
  if (gzipped) ctx.set("Content-Encoding", "gzip");
}
