import type Router from "@koa/router";
import type { Context } from "koa";
import type { Broker } from "../broker.ts";
import { fill } from "../partial.ts";
import { Problem } from "../problem.ts";
import { parseRegions, type Region, regionOf } from "../region.ts";
import { parseTopic } from "../topic.ts";
import type { Views } from "../views.ts";
import { isEnhanced, readForm, seeOther } from "./form.ts";
import { html } from "./pages.ts";
import { visitorOf } from "./visitor.ts";

/** A visitor's own stream of random values, which is opened, closed and emptied by buttons. */
export function randomRoutes(router: Router, views: () => Views, broker: Broker): void {
  /** @param act what a button does. @returns whether the page is then live, and what changes on it besides */
  const button = (name: string, act: (page: OpenPage) => Answer | Promise<Answer>) =>
    router.post(`/random/${name}`, async (ctx) => {
      const visitor = visitorOf(ctx);
      if (visitor === undefined) return unknown(ctx, views());
      // The topic is of the cookie's making, never of the request's: nobody opens or empties what is another's.
      const region = regionOf(parseTopic(`random/${visitor}`));
      const present = parseRegions((await readForm(ctx)).get("regions") ?? "");
      const others = present.filter(({ name }) => name !== region.name);
      const { live, changes = "", cleaned } = await act({ region, others, live: others.length < present.length });
      if (isEnhanced(ctx)) html(ctx, views().snippet("random-state", { running: live, cleaned }) + changes);
      else seeOther(ctx, "/random");
    });

  button("start", ({ region, others, live }) =>
    // The stream that there is serves: opening it again would only interrupt it.
    live ? { live } : { live: true, changes: views().restream([...others, region]) },
  );
  button("close", ({ others, live }) => (live ? { live: false, changes: views().restream(others) } : { live }));
  button("clean", async ({ region, live }) => {
    await broker.clear(region.topic);
    // A page that is live is told by its stream, in order: said here as well, it could empty what came after.
    const changes = live ? "" : fill(region.id, views().nothing(region));
    return { live, changes, cleaned: true };
  });
}

/** The page that a button was pressed on. */
interface OpenPage {
  region: Region;
  /** What else its stream shows. */
  others: readonly Region[];
  live: boolean;
}

interface Answer {
  live: boolean;
  changes?: string;
  cleaned?: boolean;
}

function unknown(ctx: Context, views: Views): void {
  const title =
    "Your browser did not send this page's cookie, which tells your values from others'. Load the page again.";
  const problem = new Problem(422, "visitor_unknown", title);
  if (!isEnhanced(ctx)) throw problem;
  html(ctx, views.snippet("random-state", { error: problem.message }));
  ctx.status = problem.status;
}
