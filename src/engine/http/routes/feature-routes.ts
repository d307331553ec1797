import type Router from "@koa/router";
import type { Middleware } from "koa";
import type { ErrorFormat } from "../middleware/errors.ts";

/** A page, and the name of the word that says what it is. */
export interface PageLink {
  readonly path: string;
  readonly word: string;
}

/** What a feature answers over HTTP. */
export interface FeatureRoutes {
  /**
   * Whose pages may use its routes: this server's own, by default; `linked`: visits by a link from anywhere, too; those of `any`
   * site, where nothing is a visitor's.
   */
  readonly origins?: "own" | "linked" | "any";
  /** Adds its routes; the router lets pass those whose `origins` may. */
  readonly routes?: (router: Router) => void;
  /** A page of its own that whoever develops is to find: it is linked from the gallery and the first page. */
  readonly link?: PageLink | undefined;
  /** What every request passes before any route sees it, those of all others included. */
  readonly intercept?: Middleware | undefined;
  /** How errors are told below a path of its own, for programs that know no problem+json. */
  readonly errors?: ErrorFormat;
}
