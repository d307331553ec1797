import type Router from "@koa/router";
import type { Broker } from "../../broker/broker.ts";
import { OWN_PAGES } from "../../views/files/view-files.ts";
import type { Views } from "../../views/views.ts";
import { originOf } from "../request/address.ts";
import type { Authorizer } from "../request/authorizer.ts";
import type { PageLink } from "./feature-routes.ts";
import { wholePage } from "./pages.ts";

export interface FirstPage {
  readonly views: () => Views;
  readonly broker: Broker;
  readonly authorizer: Authorizer;
  /** Of features, beside the pages. */
  readonly links: readonly PageLink[];
}

/** What an author sees at `/` who has written no page for it yet: where it goes. */
export function firstPageRoute(router: Router, { views, broker, authorizer, links }: FirstPage): void {
  router.get("/", async (ctx) => {
    const { paths, widgets } = views();
    const user = await authorizer.page(ctx, "index");
    const parts = {
      user,
      cursor: broker.cursor(),
      fill: async () => "",
      origin: originOf(ctx),
      data: { addresses: paths.fixed, widgets: [...widgets.keys()], links },
    };
    await wholePage(ctx, (given) => views().page(`${OWN_PAGES}_first-page`, { ...parts, ...given }));
  });
}
