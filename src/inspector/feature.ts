import type { Context } from "koa";
import type { Feature } from "../engine/feature.ts";
import { Access } from "./access.ts";
import { INSPECTOR_ACTIONS, inspectorActions } from "./actions.ts";
import { Faults, type FaultTimes } from "./faults.ts";
import { Gathering, type GatheringParts } from "./gathering.ts";
import { BASE, Site, type SiteParts } from "./site.ts";

/** Times that nobody needs to set, except tests. */
export interface InspectorTimes extends FaultTimes, Pick<GatheringParts, "everyMs">, Pick<SiteParts, "checkMs"> {}

/**
 * What the server is doing, as a live page at `/inspector`: for its author, and for whoever holds a token for it.
 * @param on false switches it off
 */
export function inspector(on: boolean, times: InspectorTimes = {}): Feature {
  if (!on) return { name: "inspector", create: undefined };
  return {
    name: "inspector",
    create: async (parts) => {
      const { broker, sources, development, report } = parts;
      const faults = development ? new Faults(BASE, times) : undefined;
      const access = new Access(parts);
      const actions = inspectorActions({ broker, sources, faults, refresh: () => gathering.refresh() });
      const site = await Site.open(new Set(INSPECTOR_ACTIONS), development, report);
      const gathering = new Gathering({ ...parts, own: site.broker, faults, everyMs: times.everyMs });
      const data = (ctx: Context) => {
        const token = access.holderOf(ctx)?.token;
        return { holder: token?.name, publishes: token?.may("publish") ?? true, faults: faults !== undefined };
      };
      return {
        link: development ? { path: BASE, title: "The inspector shows what the server is doing" } : undefined,
        intercept: faults?.intercept,
        routes: (router) => site.addTo(router, { ...parts, access, actions, data, checkMs: times.checkMs }),
        start: () => site.start(),
        stop: async () => {
          gathering.stop();
          await site.broker.drain(0);
          await site.broker.close();
        },
      };
    },
  };
}
