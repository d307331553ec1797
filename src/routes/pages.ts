import type { Context, Middleware } from "koa";
import type { Broker } from "../broker.ts";
import { Problem } from "../problem.ts";
import type { Fill } from "../views/page-load.ts";
import type { Views } from "../views.ts";
import type { Admit } from "./address.ts";
import { visitors } from "./origins.ts";
import { visitorFor } from "./visitor.ts";

/**
 * Each template under views/pages, at its path. No routes of the router's: pages come and go while the server runs.
 * @param data what a page sees as `data`, by its name
 */
export function pages(
  views: () => Views,
  broker: Broker,
  fill: Fill,
  admit: Admit,
  data: Readonly<Record<string, object>> = {},
): Middleware {
  return async (ctx, next) => {
    const present = views();
    const name = present.pages.find((name) => pathOf(name) === ctx.path);
    if (name === undefined) return next();
    if (ctx.method !== "GET" && ctx.method !== "HEAD") {
      throw new Problem(405, "method_not_allowed", "Use GET, HEAD at this address.", {
        headers: { Allow: "GET, HEAD" },
      });
    }
    return visitors(ctx, async () => {
      const query = present.checkQuery(name, ctx.query);
      const cursor = broker.cursor(); // before anything is read
      const page = await present.page(name, {
        query,
        cursor,
        fill: (region) => {
          admit(ctx, region.topic);
          return fill(region);
        },
        still: (region) => broker.still(region),
        visitor: (name) => visitorFor(ctx, name),
        origin: `${ctx.protocol}://${ctx.host}`,
        data: data[name],
      });
      html(ctx, page);
    });
  };
}

/** `index` is its folder itself. */
function pathOf(name: string): string {
  return `/${name}`.replace(/\/index$/, "") || "/";
}

/** Never stored: the back button would bring back old content with its old cursor. */
export function html(ctx: Context, body: string): void {
  ctx.set("Cache-Control", "no-store");
  ctx.type = "html";
  ctx.body = body;
}
