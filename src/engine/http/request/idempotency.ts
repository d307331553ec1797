import { createHash } from "node:crypto";
import type { Context } from "koa";
import type { IdempotencyKey } from "../../log/idempotency-key.ts";

/**
 * The `Idempotency-Key` of a request, if it has one. A client that does not know whether a publish has arrived sends it again
 * with the same key, and it counts once. The key is bound to the request by a hash, since with another request it is refused.
 */
export function idempotencyKey(ctx: Context, body: Buffer = Buffer.alloc(0)): IdempotencyKey | undefined {
  const name = ctx.get("Idempotency-Key");
  if (name === "") return undefined;
  // The type, too: the same bytes mean one thing as JSON and another as lines of it.
  const head = [ctx.method, ctx.url, ctx.get("Content-Type")].join("\n");
  return { name, fingerprint: createHash("sha256").update(`${head}\n\n`).update(body).digest("base64url") };
}
