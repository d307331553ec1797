import { join } from "node:path";
import type Router from "@koa/router";
import type { Middleware } from "koa";
import type { Action } from "../engine/actions/action.ts";
import { Broker } from "../engine/broker/broker.ts";
import { Authorizer } from "../engine/http/request/authorizer.ts";
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

/** Where the inspector is, and the name of its page. */
export const BASE = "/inspector";
const PAGE = "inspector";

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
    const assets = new Assets(PUBLIC, BASE);
    const views = Views.load(VIEWS, (name) => assets.url(name), { actions, base: BASE, development });
    return new Site(views, assets, await Broker.open({ log: new MemoryLog(), renderer: views, onError }));
  }

  private constructor(views: Views, assets: Assets, broker: Broker) {
    this.#views = views;
    this.#assets = assets;
    this.broker = broker;
  }

  /** @param guard lets pass who may see it */
  addTo(router: Router, guard: Middleware, parts: SiteParts): void {
    const { broker } = this;
    const views = () => this.#views;
    const fill: Fill = async (region) => {
      await broker.waitForValue(region.topic, FIRST_LOOK_MS);
      return broker.html(region);
    };
    const admit = () => {};
    const authorizer = new Authorizer(); // the guard has let pass who may see it
    const partsOf = pageParts({ views, broker, fill, admit, authorizer, own: { [PAGE]: parts.data } });
    const { actions, development, report: onError } = parts;
    const metrics = new Metrics(); // nothing of its own is among what it shows

    router.use(BASE, guard);
    assetsRoutes(router, () => this.#assets, BASE);
    eventsRoute(router, broker, admit, { base: BASE });
    streamRoute(router, views, metrics, BASE);
    const press = { router, actions, open: true, metrics, development, onError, base: BASE };
    actionsRoute({ ...press, broker, views, partsOf, fill, admit, authorizer });
    router.get(BASE, async (ctx) => html(ctx, await views().page(PAGE, await partsOf(ctx, PAGE, ctx.query))));
  }
}

export interface SiteParts {
  readonly actions: ReadonlyMap<string, Action>;
  /** What its page sees as `data`. */
  readonly data: PageData;
  readonly development: boolean;
  readonly report: Report;
}
