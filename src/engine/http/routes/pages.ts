import type { Context, Middleware } from "koa";
import type { Broker } from "../../broker/broker.ts";
import { pathOf } from "../../core/own-address.ts";
import { Problem } from "../../core/problem.ts";
import type { Fill } from "../../views/page-load.ts";
import type { PageParts } from "../../views/pages.ts";
import type { Views } from "../../views/views.ts";
import { type Admit, originOf } from "../request/address.ts";
import type { Authorizer } from "../request/authorizer.ts";
import type { Guard } from "../request/guard.ts";
import { loadIdFor, visitorFor } from "../request/visitor.ts";

/** What a feature's own page sees as `data`, for whoever asks. */
export type PageData = (ctx: Context) => object | Promise<object>;

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
  return async (ctx, name, given) => ({
    user: await authorizer.page(ctx, name),
    query: views().checkQuery(name, given),
    cursor: broker.cursor(), // before anything is read
    data: await own[name]?.(ctx),
    denied: (topics) => authorizer.denied(ctx, topics),
    haveEnded: (topics) => broker.haveEnded(topics),
    fill: (region) => {
      admit(ctx, region.topic);
      return fill(region);
    },
    still: (region) => broker.still(region),
    visitor: (name) => visitorFor(ctx, name),
    newId: () => loadIdFor(ctx),
    seal: guard.seal(ctx, name),
    origin: originOf(ctx),
  });
}

/**
 * Each template under views/pages, at its path. No routes of the router's: pages come and go while the server runs.
 * @param admitted lets those pass who may see a page
 */
export function pages(views: () => Views, partsOf: PagePartsOf, admitted: Middleware): Middleware {
  return async (ctx, next) => {
    const name = pageAt(views(), ctx.path);
    if (name === undefined) return next();
    if (ctx.method !== "GET" && ctx.method !== "HEAD") {
      throw new Problem(405, "method_not_allowed", "Use GET, HEAD at this address.", {
        headers: { Allow: "GET, HEAD" },
      });
    }
    return admitted(ctx, async () => html(ctx, await views().page(name, await partsOf(ctx, name, ctx.query))));
  };
}

/** The name of the page that has this path. */
export function pageAt({ pages }: Views, path: string): string | undefined {
  return pages.find((name) => pathOf(name) === path);
}

/** Never stored: the back button would bring back old content with its old cursor. */
export function html(ctx: Context, body: string): void {
  ctx.set("Cache-Control", "no-store");
  ctx.type = "html";
  ctx.body = body;
}
