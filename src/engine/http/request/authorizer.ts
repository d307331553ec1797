import type { Context } from "koa";
import {
  type Authorize,
  type AuthorizeContext,
  type AuthorizeRequest,
  Denied,
  logInAddress,
} from "../../access/authorize.ts";
import { LIMITS } from "../../core/limits.ts";
import { pathOf } from "../../core/own-address.ts";
import { Problem } from "../../core/problem.ts";
import type { Topic } from "../../core/topic.ts";
import { within } from "../../core/wait.ts";
import type { Reason } from "../../views/forms/forms.ts";
import { isFromProxy } from "./address.ts";
import { pageAddress } from "./open-page.ts";
import { ofOne } from "./personal.ts";
import { signedCookie } from "./signed-cookie.ts";

/** Who asks, as the author's hook has it; undefined for nobody. */
export type User = object | undefined;

/** Of one list so many topics are asked for at once: each may be a query of a database's. */
const MAX_AT_ONCE = 8;

/** What a browser says of itself, whoever uses it. */
const OF_BROWSERS = new Set(["accept-language", "user-agent"]);
/** What anybody says of himself. Any other header could say who he is, and counts from a proxy of ours only. */
const OF_ANYBODY = new Set([...OF_BROWSERS, "authorization", "cookie"]);

/**
 * Asks the author's hook: once for each page and action, and for each topic. Nothing that it answers is kept. What it throws, or does
 * not answer in time, is refused.
 */
export class Authorizer {
  readonly #hook: Authorize | undefined;
  readonly #limitMs: number;
  readonly #development: boolean;
  readonly #personal = new WeakSet<Context>();

  /**
   * @param hook undefined: everybody may everything, and is nobody
   * @param options.development whether whoever asks is the hook's author, who is told what it threw
   */
  constructor(hook?: Authorize, options: { limitMs?: number | undefined; development?: boolean } = {}) {
    this.#hook = hook;
    this.#limitMs = options.limitMs ?? LIMITS.authorizeMs;
    this.#development = options.development ?? false;
  }

  /** Whether everybody may everything. */
  get isOpen(): boolean {
    return this.#hook === undefined;
  }

  /** Who asks for a page. @throws Denied; Problem 500 `authorize_failed`, 503 `authorize_slow` */
  async page(ctx: Context, page: string): Promise<User> {
    try {
      return await this.#inTime(this.#ask(ctx, { page }));
    } catch (error) {
      // Whoever is led there to log in has to see it.
      if (error instanceof Denied && leadsTo(error, pathOf(page))) return undefined;
      throw error;
    }
  }

  /** Who sends a form. @throws as {@link page} does */
  async action(ctx: Context, action: string): Promise<User> {
    try {
      return await this.#inTime(this.#ask(ctx, { action }));
    } catch (error) {
      if (!this.#development || !(error instanceof Denied) || !leadsTo(error, pageAddress(ctx))) throw error;
      throw new Denied(`This is where one logs in. Let the action “${action}” pass in src/authorize.ts.`);
    }
  }

  /** Lets pass who may read all of these topics. @throws as {@link page} does */
  async topics(ctx: Context, topics: Iterable<Topic>): Promise<void> {
    await this.#each(ctx, topics, (denied) => {
      throw denied;
    });
  }

  /** Those of some topics that may not be read, and why. @throws Problem 500 `authorize_failed`, 503 `authorize_slow` */
  async denied(ctx: Context, topics: Iterable<Topic>): Promise<ReadonlyMap<Topic, Reason>> {
    const reasons = new Map<Topic, Reason>();
    await this.#each(ctx, topics, (denied, topic) => reasons.set(topic, reasonFor(denied, pageAddress(ctx))));
    return reasons;
  }

  /**
   * Whether what was answered to a request is of whoever sent it, by a cookie or what a proxy says: who logs out since sends others,
   * so that only a new request tells whether it still holds.
   */
  isPersonal(ctx: Context): boolean {
    return this.#personal.has(ctx);
  }

  async #each(ctx: Context, topics: Iterable<Topic>, onDenied: (denied: Denied, topic: Topic) => void): Promise<void> {
    if (this.#hook === undefined) return;
    const waiting = new Set(topics).values();
    let isOver = false;
    const askOn = async () => {
      for (const topic of waiting) {
        if (isOver) return;
        try {
          await this.#ask(ctx, { topic });
        } catch (error) {
          if (!(error instanceof Denied)) throw error;
          if (!isOver) onDenied(error, topic);
        }
      }
    };
    try {
      await this.#inTime(Promise.all(Array.from({ length: MAX_AT_ONCE }, askOn)));
    } finally {
      isOver = true;
    }
  }

  async #ask(ctx: Context, what: Omit<AuthorizeContext, "request">): Promise<User> {
    if (this.#hook === undefined) return undefined;
    try {
      const request = requestOf(ctx, () => this.#personal.add(ctx));
      const user = await this.#hook.decide({ request, ...what });
      if (user === undefined || user === null) return undefined;
      if (typeof user === "object") return user;
      // `false` is not taken for nobody, who may: its author means that it may not be.
      throw new TypeError(`authorize() gave ${typeof user}. Return an object, or undefined for nobody, or deny().`);
    } catch (error) {
      if (error instanceof Problem) throw error;
      const title = "Who may do this could not be found out. Try again.";
      // A problem without a cause is its sender's to mend, and the operator would not be told.
      const cause = error instanceof Error ? error : new TypeError(`It threw ${typeof error}, which is no Error.`);
      const detail = this.#development ? `src/authorize.ts: ${cause}` : undefined;
      throw new Problem(500, "authorize_failed", title, { detail, cause });
    }
  }

  async #inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
    if (this.#hook === undefined) return answer;
    const late = () => {
      const cause = new Error(`src/authorize.ts took over ${this.#limitMs / 1000} s.`);
      const title = "Who may do this could not be found out in time. Try again.";
      return new Problem(503, "authorize_slow", title, { headers: { "Retry-After": "5" }, cause });
    };
    return within(this.#limitMs, answer, late);
  }
}

/** Why somebody may not, as a page says it. @param from the address to come back to from where to log in */
export function reasonFor({ message, code, isUsual, logIn }: Denied, from: string): Reason {
  return {
    text: message,
    ...(isUsual && { code }),
    ...(logIn !== undefined && { logIn: logInAddress(logIn, from) }),
  };
}

/** Whether a page, given by its address, is the one to log in at. */
function leadsTo({ logIn }: Denied, address: string): boolean {
  const pathIn = (text: string) => text.replace(/[?#].*$/s, "");
  return logIn !== undefined && pathIn(logIn) === pathIn(address);
}

/** @param onPersonal called when the hook is told what is of whoever asks */
function requestOf(ctx: Context, onPersonal: () => void): AuthorizeRequest {
  const told = (value: string | undefined, isPersonal = true) => {
    if (value === undefined || !isPersonal) return value;
    onPersonal();
    return ofOne(ctx, value);
  };
  const header = (named: string) => {
    const name = named.toLowerCase();
    const isTold = OF_ANYBODY.has(name) || isFromProxy(ctx);
    return told(isTold ? ctx.get(name) || undefined : undefined, !OF_BROWSERS.has(name));
  };
  const { method, url, ip } = ctx;
  return {
    method,
    url,
    // An open stream stays with its address: no new request is needed to tell whether it still holds.
    get address() {
      return ofOne(ctx, ip);
    },
    cookie: (name) => told(signedCookie(ctx, name)),
    header,
  };
}
