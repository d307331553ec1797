import type { Context } from "koa";
import { parseRegions, type Region } from "../../core/region.ts";
import { REGIONS_FIELD } from "../../views/forms/action-forms.ts";

/** The regions that an open page's stream has, and the seal of those that are for pages alone. */
export interface PageList {
  readonly regions: readonly Region[];
  readonly seal: string | undefined;
}

/** Whether htmx asks, and so wants a part of a page and no redirect. */
export function isEnhanced(ctx: Context): boolean {
  return ctx.get("HX-Request") !== "";
}

/**
 * The list of an open page's stream, as the page sends it along: `<regions>;<seal>`. Nobody has checked the seal.
 * @throws Problem 400 `region_invalid`, `topic_invalid`
 */
export function pageListIn(sent: URLSearchParams): PageList {
  const lists = sent.getAll(REGIONS_FIELD).map((list) => list.split(";"));
  return {
    regions: parseRegions(lists.map(([names]) => names).join(",")),
    seal: lists.find(([, seal]) => seal !== undefined)?.[1],
  };
}

/** The path and the query of the page that is asked for, or that asks; "" where no browser says. */
export function pageAddress(ctx: Context): string {
  if (ctx.method === "GET" && !isEnhanced(ctx)) return ctx.url;
  const said = ctx.get("HX-Current-URL") || ctx.get("Referer");
  if (!URL.canParse(said)) return "";
  const { pathname, search } = new URL(said);
  return pathname + search;
}
