import { createHash } from "node:crypto";
import type { Context } from "koa";
import type { Token } from "../../access/token.ts";
import { checkKey, type IdempotencyKey } from "../../log/idempotency-key.ts";

/**
 * The `Idempotency-Key` of a request, if it has one. A client that does not know whether a publish has arrived sends it again
 * with the same key, and it counts once. The key is bound to the request by a hash, since with another request it is refused.
 * @throws Problem 400 `idempotency_key_invalid`
 */
export function idempotencyKey(
  ctx: Context,
  token: Token | undefined,
  body: Buffer = Buffer.alloc(0),
): IdempotencyKey | undefined {
  const key = ctx.get("Idempotency-Key");
  if (key === "") return undefined;
  checkKey({ name: key });
  // The type, too: the same bytes mean one thing as JSON and another as lines of it.
  const head = [ctx.method, ctx.url, ctx.get("Content-Type")].join("\n");
  const fingerprint = createHash("sha256").update(`${head}\n\n`).update(body).digest("base64url");
  return { name: keptName(key, token), fingerprint };
}

/**
 * Each token of the file has keys of its own: by the name of what it is for, so that a retry with the token that took its place is
 * known. Else one publisher could take another's keys, and learn from a refusal that they were used. What begins with “_” is the
 * engine's, such as the keys of visitors' presses.
 */
function keptName(key: string, token: Token | undefined): string {
  if (token !== undefined && !token.isOperator) return `_token/${token.name}/${hashed(key)}`;
  return key.startsWith("_") ? `_key/${hashed(key)}` : key;
}

function hashed(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}
