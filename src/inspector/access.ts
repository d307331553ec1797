import { timingSafeEqual } from "node:crypto";
import type { Context } from "koa";
import { type Authorize, deny } from "../engine/access/authorize.ts";
import type { Token } from "../engine/access/token.ts";
import { isLoopback } from "../engine/config/values.ts";
import { LIMITS } from "../engine/core/limits.ts";
import { Problem } from "../engine/core/problem.ts";
import type { FeatureParts } from "../engine/feature.ts";
import { NetworkRate } from "../engine/http/request/network-rate.ts";
import { giveCookie, signedCookie } from "../engine/http/request/signed-cookie.ts";

/** Who looks: the holder of a token, or without one the author, under development. */
export interface Holder {
  readonly token: Token | undefined;
}

const COOKIE = "inspector";
/** For how long a token that was written once counts, in days: an hour. */
const DAYS = 1 / 24;

/**
 * Who may see the inspector: everybody where only the author can, and else whoever holds a token with the right `inspect`. It is
 * written once, and then stands for itself by a cookie, which is no more than a proof that its bearer held it: where the token
 * is gone, or has lost the right, it proves nothing.
 */
export class Access {
  readonly #parts: Pick<FeatureParts, "development" | "tokens" | "secret">;
  readonly #tries = new NetworkRate({
    points: LIMITS.wrongTokens,
    duration: LIMITS.wrongTokensSeconds,
    code: "tokens_too_many",
    title: "Too many tokens were wrong.",
  });

  constructor(parts: Pick<FeatureParts, "development" | "tokens" | "secret">) {
    this.#parts = parts;
  }

  /** Whether there is anybody who may. Else there is no inspector. */
  get isPossible(): boolean {
    const { development, tokens } = this.#parts;
    return development || tokens.all.some((token) => token.may("inspect"));
  }

  /** Who asks; undefined if that is somebody who may not. */
  holderOf(ctx: Context): Holder | undefined {
    return this.#holder(() => signedCookie(ctx, COOKIE));
  }

  /** Whether somebody asks who was given the cookie, and may not by now. */
  hasLost(ctx: Context): boolean {
    return signedCookie(ctx, COOKIE) !== undefined && this.holderOf(ctx) === undefined;
  }

  /** The same, for each page, press and stream, and for streams as long as they are open. */
  readonly authorize: Authorize = {
    decide: ({ request }) => this.#holder(() => request.cookie(COOKIE)) ?? deny(ENDED),
  };

  /**
   * Takes the token that somebody has written, and gives the cookie for it.
   * @throws Problem 401 `token_invalid`, 403 `token_forbidden`, `https_needed`, 429 `tokens_too_many`
   */
  async enter(ctx: Context, text: string): Promise<void> {
    if (!canKeepSecret(ctx)) {
      const title =
        "Over plain HTTP others could read the token on its way. Come over HTTPS; a proxy that speaks it belongs in TRUST_PROXY.";
      throw new Problem(403, "https_needed", title);
    }
    await this.#tries.count(ctx.ip);
    const token = this.#parts.tokens.admit(text, "inspect");
    await this.#tries.forget(ctx.ip);
    giveCookie(ctx, { name: COOKIE, value: this.#proof(token), days: DAYS, sameSite: "strict" });
  }

  leave(ctx: Context): void {
    giveCookie(ctx, { name: COOKIE, value: undefined, days: DAYS, sameSite: "strict" });
  }

  #holder(given: () => string | undefined): Holder | undefined {
    const { development, tokens } = this.#parts;
    // Without a look at the cookie: a stream that hangs on one is opened again each minute.
    if (development) return { token: undefined };
    const proof = given();
    if (proof === undefined) return undefined;
    const token = tokens.all.find((token) => token.may("inspect") && isEqual(proof, this.#proof(token)));
    return token && { token };
  }

  #proof(token: Token): string {
    return token.proof(`inspector ${this.#parts.secret()}`);
  }
}

export const ENDED =
  "Your token counts no more: it was written too long ago, or it was changed. Load the page, and write it again.";

/** Whether nobody between the browser and this server can read along. */
export function canKeepSecret(ctx: Context): boolean {
  // A proxy on this machine may put its own name for this server in place of the visitor's.
  const isElsewhere = ctx.get("X-Forwarded-For") !== "" && !isLoopback(ctx.ip);
  return ctx.secure || (!isElsewhere && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(ctx.hostname));
}

function isEqual(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}
