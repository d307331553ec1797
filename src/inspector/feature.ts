import type Router from "@koa/router";
import type { Context } from "koa";
import type { Feature } from "../engine/feature.ts";
import { Site, type SiteParts } from "../engine/site.ts";
import { wordingsIn } from "../engine/words/words.ts";
import { Access } from "./access.ts";
import { INSPECTOR_ACTIONS, inspectorActions } from "./actions.ts";
import { door, doorRoutes } from "./door.ts";
import { Faults, type FaultTimes } from "./faults.ts";
import { Gathering, type GatheringParts } from "./gathering.ts";

/** Where the inspector is; its page has the same name. */
const BASE = "/inspector";
const PAGE = "inspector";
const DOOR = "_door";

/** Times that nobody needs to set, except tests. */
export interface InspectorTimes extends FaultTimes, Pick<GatheringParts, "everyMs">, Pick<SiteParts, "checkMs"> {}

/**
 * What the server is doing, as a live page at `/inspector`: for its author, and for whoever holds a token for it.
 * @param on false switches it off
 */
export function inspector(on: boolean, times: InspectorTimes = {}): Feature {
  const names = { name: "inspector", words: wordingsIn(import.meta.dirname) };
  if (!on) return { ...names, create: undefined };
  return {
    ...names,
    create: async (parts) => {
      const { development, report } = parts;
      const faults = development ? new Faults(BASE, times) : undefined;
      const access = new Access(parts);
      const actions = inspectorActions({ ...parts, faults, refresh: () => gathering.refresh() });
      const names = new Set<string>(INSPECTOR_ACTIONS);
      const site = await Site.open({ base: BASE, dir: import.meta.dirname, actions: names, development, report });
      const gathering = new Gathering({ ...parts, own: site.broker, faults, everyMs: times.everyMs });
      const data = (ctx: Context) => {
        const token = access.holderOf(ctx)?.token;
        return { holder: token?.name, publishes: token?.may("publish") ?? true, faults: faults !== undefined };
      };
      const atDoor = { access, base: BASE, show: (ctx: Context, shown: object) => site.show(ctx, DOOR, shown) };
      const before = (router: Router) => {
        router.use(BASE, door(atDoor));
        doorRoutes(router, atDoor);
      };
      const { authorize } = access;
      const { checkMs } = times;
      return {
        link: development ? { path: BASE, word: "inspector_link" } : undefined,
        intercept: faults?.intercept,
        routes: (router) =>
          site.addTo(router, { ...parts, door: before, authorize, actions, data: { [PAGE]: data }, checkMs }),
        start: () => site.start(),
        stop: async () => {
          gathering.stop();
          await site.close();
        },
      };
    },
  };
}
