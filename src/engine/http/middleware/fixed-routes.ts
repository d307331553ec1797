import type Router from "@koa/router";
import type { Middleware, Next } from "koa";

interface Place {
  readonly router: Router;
  readonly method: "GET" | "POST";
  /** It has no parameters. */
  readonly path: string;
  /** Whether the same routes answer all paths below it. */
  readonly andBelow?: boolean;
}

/**
 * Answers what is asked most often by the routers' own routes, found once: routers try the pattern of every route for each request,
 * and all pages of a server that was away ask for their streams together.
 */
export function fixedRoutes(places: readonly Place[]): Middleware {
  const known = places.map(({ router, method, path, andBelow = false }) => ({
    method,
    isAt: (asked: string) => asked === path || (andBelow && asked.startsWith(`${path}/`)),
    route: router.match(path, method).pathAndMethod.flatMap(({ stack }) => stack),
  }));
  return (ctx, next) => {
    const asked = ctx.method === "HEAD" ? "GET" : ctx.method;
    const place = known.find(({ method, isAt }) => asked === method && isAt(ctx.path));
    if (place === undefined) return next();
    const begin = place.route.reduceRight<Next>((after, one) => async () => one(ctx as never, after), next);
    return begin();
  };
}
