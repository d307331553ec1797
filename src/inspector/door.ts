import type Router from "@koa/router";
import type { Context, Middleware } from "koa";
import { Problem } from "../engine/core/problem.ts";
import { readForm } from "../engine/http/request/form.ts";
import { type Access, canKeepSecret, ENDED } from "./access.ts";

export interface DoorParts {
  readonly access: Access;
  /** The path of the site behind it. */
  readonly base: string;
  /** Shows the form that takes a token, with what was wrong with the last one. */
  readonly show: (ctx: Context, data: { wrong?: string; isSafe: boolean }) => Promise<void>;
}

/**
 * Lets pass who may see the inspector. Others get the form for a token at its address, and nothing at all anywhere else: and
 * where no token would do, there is no door either, and the answer is that of any address at which nothing is.
 */
export function door({ access, base, show }: DoorParts): Middleware {
  const open = new RegExp(`^${base}/(?:enter|assets/.*)$`);
  return async (ctx, next) => {
    // A page that was open when its token was taken away is told so by its stream. At an error status it would ask for ever.
    const isPageStream = ctx.path === `${base}/events` && ctx.query.as === undefined;
    if (!access.isPossible) return isPageStream && access.hasLost(ctx) ? next() : undefined;
    if (isPageStream || open.test(ctx.path) || access.holderOf(ctx) !== undefined) return next();
    if (ctx.path !== base)
      throw new Problem(401, "token_missing", ENDED, { headers: { "WWW-Authenticate": CHALLENGE } });
    ctx.set("WWW-Authenticate", CHALLENGE);
    await show(ctx, { isSafe: canKeepSecret(ctx) });
    ctx.status = 401;
  };
}

const CHALLENGE = 'Bearer realm="inspector"';

/** What the door's form sends, and what closes it again. */
export function doorRoutes(router: Router, { access, base, show }: DoorParts): void {
  router.post(`${base}/enter`, async (ctx) => {
    const form = await readForm(ctx);
    try {
      await access.enter(ctx, form.get("token")?.trim() ?? "");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      await show(ctx, { wrong: error.message, isSafe: canKeepSecret(ctx) });
      ctx.set(error.headers);
      ctx.status = error.status;
      return;
    }
    ctx.status = 303;
    ctx.redirect(base);
  });

  router.post(`${base}/leave`, async (ctx) => {
    access.leave(ctx);
    ctx.status = 303;
    ctx.redirect(base);
  });
}
