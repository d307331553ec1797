import type { Context } from "koa";
import type { Right, Token } from "../../access/token.ts";
import type { Tokens } from "../../access/tokens.ts";
import { Problem } from "../../core/problem.ts";
import type { Topic } from "../../core/topic.ts";

/**
 * The token that a request carries as `Authorization: Bearer <token>`, if it may do this: with that topic, or with any of its own
 * where none is named. Undefined: this needs none.
 * @throws Problem 401 `token_missing`, `token_invalid`, 403 `token_forbidden`
 */
export function requireToken(ctx: Context, tokens: Tokens, right: Right, topic?: Topic): Token | undefined {
  if (tokens.isOpen(right)) return undefined;
  const token = tokens.identify(bearerOf(ctx), right);
  // For the log, also of what it may not.
  ctx.state.token = token.name;
  token.demand(right, topic);
  return token;
}

/** Whether it carries a token that may do this. */
export function mayWithToken(ctx: Context, tokens: Tokens, right: Right, topic: Topic): boolean {
  if (bearerOf(ctx) === undefined) return false;
  try {
    requireToken(ctx, tokens, right, topic);
    return true;
  } catch (error) {
    // What another one means by its tokens is not for us to know: the author's hook may.
    if (error instanceof Problem) return false;
    throw error;
  }
}

function bearerOf(ctx: Context): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(ctx.get("Authorization"))?.[1];
}
