import type Router from "@koa/router";
import type { Middleware, Next } from "koa";

/**
 * Answers GET at one path that has no parameters by the router's own routes, found once: routers try the pattern of every route for
 * each request, and all pages of a server that was away ask for their streams together.
 */
export function fixedRoute(router: Router, path: string): Middleware {
  const route = router.match(path, "GET").pathAndMethod.flatMap(({ stack }) => stack);
  return (ctx, next) => {
    if (ctx.path !== path || (ctx.method !== "GET" && ctx.method !== "HEAD")) return next();
    const begin = route.reduceRight<Next>((after, one) => async () => one(ctx as never, after), next);
    return begin();
  };
}
