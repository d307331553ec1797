import type { Context } from "koa";
import type { Right, Token } from "../../access/token.ts";
import type { Tokens } from "../../access/tokens.ts";
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

/** The token that a request carries, whatever it may do. What another one means by its own is for the author's hook to know. */
export function carriedToken(ctx: Context, tokens: Tokens): Token | undefined {
  const text = bearerOf(ctx);
  const token = text === undefined ? undefined : tokens.find(text);
  if (token !== undefined) ctx.state.token = token.name; // for the log
  return token;
}

function bearerOf(ctx: Context): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(ctx.get("Authorization"))?.[1];
}
