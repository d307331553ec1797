import { join } from "node:path";
import type Router from "@koa/router";
import type { Context } from "koa";
import { OwnIds } from "../engine/access/own-ids.ts";
import { Seals } from "../engine/access/seals.ts";
import type { Tokens } from "../engine/access/tokens.ts";
import type { Action } from "../engine/actions/action.ts";
import { Broker } from "../engine/broker/broker.ts";
import { headers } from "../engine/http/middleware/headers.ts";
import { Authorizer } from "../engine/http/request/authorizer.ts";
import { Guard } from "../engine/http/request/guard.ts";
import { StreamPlaces } from "../engine/http/request/stream-places.ts";
import { actionsRoute } from "../engine/http/routes/actions.ts";
import { assetsRoutes } from "../engine/http/routes/assets.ts";
import { eventsRoute } from "../engine/http/routes/events.ts";
import { html, type PageData, pageParts } from "../engine/http/routes/pages.ts";
import { streamRoute } from "../engine/http/routes/stream.ts";
import { MemoryLog } from "../engine/log/memory.ts";
import type { Report } from "../engine/ops/logger.ts";
import { Metrics } from "../engine/ops/metrics.ts";
import { Assets } from "../engine/views/assets.ts";
import type { Fill } from "../engine/views/page-load.ts";
import { Views } from "../engine/views/views.ts";
import type { Access } from "./access.ts";
import { door, doorRoutes } from "./door.ts";

/** Where the inspector is, and the name of its page. */
export const BASE = "/inspector";
const PAGE = "inspector";
const DOOR = "_door";

const VIEWS = join(import.meta.dirname, "views");
const PUBLIC = join(import.meta.dirname, "public");

/** How long a page waits for what is gathered first. */
const FIRST_LOOK_MS = 300;

/**
 * A small Brooklet in the Brooklet that it looks at, with templates, a broker and a log in memory of its own, all below one
 * path: so nothing of it is in the log, on a public route, or among the figures that it shows.
 */
export class Site {
  readonly broker: Broker;
  readonly #views: Views;
  readonly #assets: Assets;

  /** @param actions the names of all that its page's forms may be of */
  static async open(actions: ReadonlySet<string>, development: boolean, onError: Report): Promise<Site> {
    const assets = new Assets(PUBLIC, { base: BASE, development });
    const views = Views.load(VIEWS, (name) => assets.url(name), { actions, base: BASE, development });
    return new Site(views, assets, await Broker.open({ log: new MemoryLog(), renderer: views, onError }));
  }

  private constructor(views: Views, assets: Assets, broker: Broker) {
    this.#views = views;
    this.#assets = assets;
    this.broker = broker;
  }

  start(): void {
    void this.#assets.compress();
  }

  addTo(router: Router, parts: SiteParts): void {
    const { broker } = this;
    const { access, actions, tokens, secret, checkMs, development, report } = parts;
    const views = () => this.#views;
    const fill: Fill = async (region) => {
      await broker.waitForValue(region.topic, FIRST_LOOK_MS);
      return broker.html(region);
    };
    const admit = () => {};
    const authorizer = new Authorizer(access.authorize);
    const ownIds = new OwnIds(secret);
    const guard = new Guard({ views, authorizer, tokens, ownIds, seals: new Seals(secret), checkMs });
    const partsOf = pageParts({ views, broker, fill, admit, authorizer, guard, own: { [PAGE]: parts.data } });
    const metrics = new Metrics(); // nothing of its own is among what it shows

    const show = async (ctx: Context, data: object) => {
      html(ctx, await views().page(DOOR, { cursor: "", fill: async () => "", data }));
    };
    const atDoor = { access, base: BASE, show };
    router.use(BASE, headers([])); // whoever may show other pages in a frame may not have this one pressed there
    router.use(BASE, door(atDoor));
    doorRoutes(router, atDoor);
    assetsRoutes(router, () => this.#assets, BASE);
    const places = new StreamPlaces();
    eventsRoute(router, { broker, views, admit, guard, base: BASE, places, report });
    streamRoute(router, { broker, views, admit, guard, places, metrics, base: BASE });
    const press = { router, actions, open: true, metrics, development, report, base: BASE };
    actionsRoute({ ...press, broker, views, partsOf, fill, admit, authorizer, guard });
    router.get(BASE, async (ctx) => html(ctx, await views().page(PAGE, await partsOf(ctx, PAGE, ctx.query))));
  }
}

export interface SiteParts {
  readonly access: Access;
  readonly actions: ReadonlyMap<string, Action>;
  /** What its page sees as `data`. */
  readonly data: PageData;
  readonly tokens: Tokens;
  readonly secret: () => string;
  /** How often an open stream of its page is checked again; each minute by default. */
  readonly checkMs?: number | undefined;
  readonly development: boolean;
  readonly report: Report;
}
