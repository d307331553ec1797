import type Router from "@koa/router";
import type { Middleware, Next } from "koa";

interface Place {
  readonly method: "GET" | "POST";
  /** It has no parameters. */
  readonly path: string;
  /** Whether the same routes answer all paths below it. */
  readonly andBelow?: boolean;
}

/**
 * Answers what is asked most often by the router's own routes, found once: routers try the pattern of every route for each request,
 * and all pages of a server that was away ask for their streams together.
 */
export function fixedRoute(router: Router, { method, path, andBelow = false }: Place): Middleware {
  const route = router.match(path, method).pathAndMethod.flatMap(({ stack }) => stack);
  const isAt = (asked: string) => asked === path || (andBelow && asked.startsWith(`${path}/`));
  const has = (asked: string) => asked === method || (asked === "HEAD" && method === "GET");
  return (ctx, next) => {
    if (!isAt(ctx.path) || !has(ctx.method)) return next();
    const begin = route.reduceRight<Next>((after, one) => async () => one(ctx as never, after), next);
    return begin();
  };
}
