import type Router from "@koa/router";
import type { ErrorFormat } from "../middleware/errors.ts";

/** What a feature answers over HTTP. */
export interface FeatureRoutes {
  /** Whose pages may use its routes: this server's own, by default, or those of `any` site, where nothing is a visitor's. */
  readonly origins?: "own" | "any";
  /** Adds its routes; the router lets pass those whose `origins` may. */
  readonly routes?: (router: Router) => void;
  /** How errors are told below a path of its own, for programs that know no problem+json. */
  readonly errors?: ErrorFormat;
}
