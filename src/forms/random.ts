import type { Broker } from "../engine/broker/broker.ts";
import { fill } from "../engine/core/partial.ts";
import { Problem } from "../engine/core/problem.ts";
import { parseRegions, type Region, regionOf } from "../engine/core/region.ts";
import { parseTopic } from "../engine/core/topic.ts";
import { visitorOf } from "../engine/http/request/visitor.ts";
import type { Forms, Outcome } from "../engine/http/routes/forms.ts";
import type { Views } from "../engine/views/views.ts";

const CLOSED = "/random";
/** A reload goes on, and so does a browser without htmx. */
const RUNNING = "/random?running=true";

/** A visitor's own stream of random values, which is opened, closed and emptied by buttons. */
export function randomForms(forms: Forms, views: () => Views, broker: Broker): void {
  const state = (running: boolean, cleaned = false) =>
    fill("_state", views().snippet("random-state", { running, cleaned }));
  /** Where no stream tells a page, its answer does: in order with what a live one is told, that could come too late. */
  const box = async (region: Region) => fill(region.id, (await broker.still(region)) ?? views().nothing(region));

  const button = (name: string, press: (page: OpenPage) => Promise<Outcome>) =>
    forms.take(`/random/${name}`, {
      page: "random",
      act: (fields, ctx) => {
        const visitor = visitorOf(ctx);
        if (visitor === undefined) throw unknown();
        // The topic is of the cookie's making, never of the request's: nobody opens or empties what is another's.
        const region = regionOf(parseTopic(`random/${visitor}`));
        const present = parseRegions(fields.get("regions") ?? "");
        const others = present.filter(({ name }) => name !== region.name);
        return press({ region, others, live: others.length < present.length });
      },
    });

  button("start", async ({ region, others, live }) => {
    // The stream that there is serves: opening it again would only interrupt it.
    const changes = live ? "" : views().restream([...others, region]);
    return { changes: state(true) + changes, address: RUNNING };
  });
  button("close", async ({ region, others, live }) => {
    broker.dismiss(region.topic); // as soon as the page has left its stream, and no other tab watches
    const changes = live ? views().restream(others) : "";
    return { changes: state(false) + changes + (await box(region)), address: CLOSED };
  });
  button("clean", async ({ region, live }) => {
    await broker.clear(region.topic);
    return { changes: state(live, true) + (live ? "" : await box(region)) };
  });
}

/** The page that a button was pressed on. */
interface OpenPage {
  readonly region: Region;
  /** What else its stream shows. */
  readonly others: readonly Region[];
  readonly live: boolean;
}

function unknown(): Problem {
  const title =
    "Your browser did not send this page's cookie, which tells your values from others'. Load the page again.";
  return new Problem(422, "visitor_unknown", title);
}
