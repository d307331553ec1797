import type { Feature } from "../engine/feature.ts";
import { INSPECTOR_ACTIONS, inspectorActions } from "./actions.ts";
import { Faults, type FaultTimes } from "./faults.ts";
import { Gathering } from "./gathering.ts";
import { BASE, Site } from "./site.ts";

/**
 * What the server is doing, as a live page: at `/inspector`, for its author alone.
 * @param on false switches it off
 */
export function inspector(on: boolean, times?: FaultTimes): Feature {
  if (!on) return { name: "inspector", create: undefined };
  return {
    name: "inspector",
    create: async (parts) => {
      const { broker, sources, development, report } = parts;
      const faults = development ? new Faults(BASE, times) : undefined;
      const actions = inspectorActions({ broker, sources, faults, refresh: () => gathering.refresh() });
      const site = await Site.open(new Set(INSPECTOR_ACTIONS), development, report);
      const gathering = new Gathering({ ...parts, own: site.broker, faults });
      return {
        link: development ? { path: BASE, title: "The inspector shows what the server is doing" } : undefined,
        intercept: faults?.intercept,
        // What is not for whoever asks is answered like what is not there.
        routes: (router) =>
          site.addTo(router, (_ctx, next) => (development ? next() : undefined), {
            actions,
            data: () => ({ faults: faults !== undefined }),
            development,
            report,
          }),
        stop: async () => {
          gathering.stop();
          await site.broker.drain(0);
          await site.broker.close();
        },
      };
    },
  };
}
