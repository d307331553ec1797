import type { Context } from "koa";
import { parseRegions, type Region } from "../../core/region.ts";
import { REGIONS_FIELD } from "../../views/action-forms.ts";

/** Whether htmx asks, and so wants a part of a page and no redirect. */
export function isEnhanced(ctx: Context): boolean {
  return ctx.get("HX-Request") !== "";
}

/**
 * The regions that an open page's stream has, as it sends them along.
 * @throws Problem 400 `region_invalid`, `topic_invalid`
 */
export function regionsIn(sent: URLSearchParams): Region[] {
  return parseRegions(sent.getAll(REGIONS_FIELD).join(","));
}

/** The path and the query of the page that is asked for, or that asks; "" where no browser says. */
export function pageAddress(ctx: Context): string {
  if (ctx.method === "GET" && !isEnhanced(ctx)) return ctx.url;
  const said = ctx.get("HX-Current-URL") || ctx.get("Referer");
  if (!URL.canParse(said)) return "";
  const { pathname, search } = new URL(said);
  return pathname + search;
}
