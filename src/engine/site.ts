import { join } from "node:path";
import type Router from "@koa/router";
import type { Context } from "koa";
import type { Authorize } from "./access/authorize.ts";
import { OwnIds } from "./access/own-ids.ts";
import { Seals } from "./access/seals.ts";
import type { Tokens } from "./access/tokens.ts";
import type { Action } from "./actions/action.ts";
import { Broker } from "./broker/broker.ts";
import { pathOf } from "./core/own-address.ts";
import type { Topic } from "./core/topic.ts";
import { headers } from "./http/middleware/headers.ts";
import { ownPages } from "./http/middleware/origins.ts";
import { Authorizer } from "./http/request/authorizer.ts";
import { Guard } from "./http/request/guard.ts";
import { StreamPlaces } from "./http/request/stream-places.ts";
import { actionsRoute } from "./http/routes/actions.ts";
import { assetsRoutes } from "./http/routes/assets.ts";
import { eventsRoute } from "./http/routes/events.ts";
import { fillFrom, html, type PageData, pageParts, wholePage } from "./http/routes/pages.ts";
import { streamRoute } from "./http/routes/stream.ts";
import { MemoryLog } from "./log/memory.ts";
import type { Report } from "./ops/logger.ts";
import { Metrics } from "./ops/metrics.ts";
import { Assets } from "./views/assets.ts";
import { Views } from "./views/views.ts";

/** What a site is made of. */
export interface SiteFiles {
  /** The path below which all of it is, such as `/inspector`: its pages' names begin with it, too. */
  readonly base: string;
  /** A folder with `views` and `public` in it. */
  readonly dir: string;
  /** Pages besides those in the folder: the text of each template, by its name. */
  readonly pages?: ReadonlyMap<string, string>;
  /** The names of all that its pages' forms may be of. */
  readonly actions: ReadonlySet<string>;
  readonly development: boolean;
  readonly report: Report;
}

export interface SiteParts {
  /** Adds what stands before all of it: middleware, and routes of its own. */
  readonly door?: (router: Router) => void;
  /** Who may what; everybody everything by default. */
  readonly authorize?: Authorize;
  readonly actions: ReadonlyMap<string, Action>;
  /** What its pages see as `data` that differs with whoever asks, by their names. */
  readonly data?: Readonly<Record<string, PageData>>;
  /** What a page sees as `data` that is the same for everybody. */
  readonly about?: (page: string) => object;
  /** Whether a page waits for a topic's first value; for any by default. */
  readonly awaits?: (topic: Topic) => boolean;
  readonly tokens: Tokens;
  readonly secret: () => string;
  /** How often an open stream is checked again; each minute by default. */
  readonly checkMs?: number | undefined;
}

/**
 * A small Brooklet in another, for the pages of a feature: with templates, a broker and a log in memory of its own, all below
 * one path. So nothing of it is in the log, on a public route, or among the figures of the other.
 */
export class Site {
  readonly broker: Broker;
  readonly #files: SiteFiles;
  readonly #views: Views;
  readonly #assets: Assets;

  static async open(files: SiteFiles): Promise<Site> {
    const { base, dir, pages, actions, development, report } = files;
    const assets = new Assets(join(dir, "public"), { base, development });
    const views = Views.load(join(dir, "views"), (name) => assets.url(name), { pages, actions, base, development });
    return new Site(
      files,
      views,
      assets,
      await Broker.open({ log: new MemoryLog(), renderer: views, onError: report }),
    );
  }

  private constructor(files: SiteFiles, views: Views, assets: Assets, broker: Broker) {
    this.#files = files;
    this.#views = views;
    this.#assets = assets;
    this.broker = broker;
  }

  start(): void {
    void this.#assets.compress();
  }

  async close(): Promise<void> {
    await this.broker.drain(0);
    await this.broker.close();
  }

  /** Shows a page that has no address, in which nothing is live. */
  async show(ctx: Context, page: string, data: object): Promise<void> {
    html(ctx, await this.#views.page(page, { cursor: "", fill: async () => "", data }));
  }

  addTo(router: Router, parts: SiteParts): void {
    const { broker } = this;
    const { base, development, report } = this.#files;
    const { door, authorize, actions, data = {}, about, awaits = () => true, tokens, secret, checkMs } = parts;
    const views = () => this.#views;
    const fill = fillFrom(broker, awaits);
    const admit = () => {};
    const authorizer = new Authorizer(authorize);
    const guard = new Guard({
      views,
      authorizer,
      tokens,
      ownIds: new OwnIds(secret),
      seals: new Seals(secret),
      checkMs,
    });
    const partsOf = pageParts({ views, broker, fill, admit, authorizer, guard, own: data });
    const metrics = new Metrics(); // nothing of its own is among what the server tells of itself
    const places = new StreamPlaces();

    router.use(base, headers([])); // whoever may show other pages in a frame may not have these pressed there
    router.use(`${base}/actions`, ownPages);
    door?.(router);
    assetsRoutes(router, () => this.#assets, base);
    eventsRoute(router, { broker, views, admit, guard, base, places, report });
    streamRoute(router, { broker, views, admit, guard, places, metrics, base });
    const press = { router, actions, open: true, metrics, development, report, base };
    actionsRoute({ ...press, broker, views, partsOf, fill, admit, authorizer, guard });
    for (const name of this.#views.pages) {
      router.get(pathOf(name), async (ctx) => {
        const given = await partsOf(ctx, name, ctx.query);
        const shown = about === undefined ? given : { ...given, data: about(name) };
        await wholePage(ctx, (coding) => this.#views.page(name, { ...shown, ...coding }));
      });
    }
  }
}
