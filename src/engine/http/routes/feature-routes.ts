import type Router from "@koa/router";
import type { Broker } from "../../broker/broker.ts";
import type { Fill } from "../../views/page-load.ts";
import type { Views } from "../../views/views.ts";
import type { ErrorFormat } from "../middleware/errors.ts";
import type { Admit } from "../request/address.ts";
import type { Forms } from "./forms.ts";

/** What a feature answers over HTTP. */
export interface FeatureRoutes {
  /** Whose pages may use its routes: this server's own, by default, or those of `any` site, where nothing is a visitor's. */
  readonly origins?: "own" | "any";
  /** Adds its routes; the router lets pass those whose `origins` may. */
  readonly routes?: (router: Router, parts: RouteParts) => void;
  /** How errors are told below a path of its own, for programs that know no problem+json. */
  readonly errors?: ErrorFormat;
}

/** What the routes of a feature are made with. */
export interface RouteParts {
  readonly broker: Broker;
  readonly views: () => Views;
  readonly forms: Forms;
  readonly fill: Fill;
  readonly admit: Admit;
}
