import type Router from "@koa/router";
import { Problem } from "../../core/problem.ts";
import { parseRegions } from "../../core/region.ts";
import type { Fill } from "../../views/page-load.ts";
import type { Views } from "../../views/views.ts";
import type { Admit } from "../request/address.ts";
import type { Authorizer } from "../request/authorizer.ts";
import { isEnhanced, regionsIn } from "../request/open-page.ts";
import { html } from "./pages.ts";

/**
 * `/join`, by which an open page adds regions to its one stream. The query has `_regions`, those that it shows, and `region`,
 * the new ones.
 */
export function joinRoute(router: Router, views: () => Views, fill: Fill, admit: Admit, authorizer: Authorizer): void {
  router.get("/join", async (ctx) => {
    // Over plain HTTP browsers do not say which page asks. But no picture and no link of a page can send a header of its own.
    if (!isEnhanced(ctx)) {
      throw new Problem(403, "origin_forbidden", "Only an open page joins a stream, by htmx: send HX-Request: true.");
    }
    const query = new URLSearchParams(ctx.querystring);
    const present = regionsIn(query);
    const wanted = parseRegions(query.getAll("region").join(","));
    if (wanted.length === 0) {
      throw new Problem(400, "region_invalid", "Name the new region: /join?_regions=price&region=feed.");
    }
    for (const { topic } of wanted) await authorizer.topic(ctx, topic);
    for (const { topic } of wanted) admit(ctx, topic);
    const has = new Set(present.map(({ name }) => name));
    const added = wanted.filter(({ name }) => !has.has(name));
    // A region that the page shows already is not added again: ids have to be unique.
    if (added.length === 0) ctx.status = 204;
    else html(ctx, await views().join(present, added, fill));
  });
}
