import type Router from "@koa/router";
import { Problem } from "../../core/problem.ts";
import { parseRegions } from "../../core/region.ts";
import type { Fill } from "../../views/page/page-load.ts";
import type { Views } from "../../views/views.ts";
import type { Admit } from "../request/address.ts";
import type { Authorizer } from "../request/authorizer.ts";
import type { Guard } from "../request/guard.ts";
import { isEnhanced, pageListIn } from "../request/open-page.ts";
import { html } from "./pages.ts";

export interface JoinParts {
  readonly views: () => Views;
  readonly fill: Fill;
  readonly admit: Admit;
  readonly authorizer: Authorizer;
  readonly guard: Guard;
}

/**
 * `/join`, by which an open page adds regions to its one stream. The query has `_regions`, those that it shows, and `region`,
 * the new ones. A region that is for pages alone joins by an action's `page.join()`: a request names none.
 */
export function joinRoute(router: Router, { views, fill, admit, authorizer, guard }: JoinParts): void {
  router.get("/join", async (ctx) => {
    // Over plain HTTP browsers do not say which page asks. But no picture and no link of a page can send a header of its own.
    if (!isEnhanced(ctx)) {
      throw new Problem(403, "origin_forbidden", "Only an open page joins a stream, by htmx: send HX-Request: true.");
    }
    const query = new URLSearchParams(ctx.querystring);
    const list = pageListIn(query);
    const wanted = parseRegions(query.getAll("region").join(","));
    if (wanted.length === 0) {
      throw new Problem(400, "region_invalid", "Name the new region: /join?_regions=price&region=feed.");
    }
    const has = new Set(list.regions.map(({ name }) => name));
    const added = wanted.filter(({ name }) => !has.has(name));
    if (added.some(({ topic }) => guard.isForPages(topic))) {
      const title = "This region is for pages alone: only an action adds it to a page's stream, by page.join().";
      throw new Problem(403, "region_forbidden", title);
    }
    await authorizer.topics(
      ctx,
      added.map(({ topic }) => topic),
    );
    for (const { topic } of added) admit(ctx, topic);
    // A region that the page shows already is not added again: ids have to be unique.
    if (added.length === 0) {
      ctx.status = 204;
      return;
    }
    const { regions, withheld, page } = await guard.admit(ctx, list);
    html(ctx, (await views().join(regions, added, fill, guard.seal(ctx, page))) + views().withheld(withheld));
  });
}
