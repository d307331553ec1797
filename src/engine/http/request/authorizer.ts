import type { Context } from "koa";
import { type Authorize, type AuthorizeContext, type AuthorizeRequest, Denied } from "../../access/authorize.ts";
import { LIMITS } from "../../core/limits.ts";
import { pathOf } from "../../core/own-address.ts";
import { Problem } from "../../core/problem.ts";
import type { Topic } from "../../core/topic.ts";
import { wait } from "../../core/wait.ts";
import { isFromProxy } from "./address.ts";
import { signedCookie } from "./signed-cookie.ts";

/** Who asks, as the author's hook has it; undefined for nobody. */
export type User = object | undefined;

/** Of one list so many topics are asked for at once: each may be a query of a database's. */
const MAX_AT_ONCE = 8;

/** What anybody says of himself. Any other header could say who he is, and counts from a proxy of ours only. */
const OF_ANYBODY = new Set(["accept-language", "authorization", "cookie", "user-agent"]);

/**
 * Asks the author's hook: once for each page and action, and for each topic. Nothing that it answers is kept. What it throws, or does
 * not answer in time, is refused.
 */
export class Authorizer {
  readonly #hook: Authorize | undefined;
  readonly #limitMs: number;
  readonly #development: boolean;

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
      if (error instanceof Denied && error.logIn?.replace(/[?#].*$/s, "") === pathOf(page)) return undefined;
      throw error;
    }
  }

  /** Who sends a form. @throws as {@link page} does */
  action(ctx: Context, action: string): Promise<User> {
    return this.#inTime(this.#ask(ctx, { action }));
  }

  /**
   * Who reads a topic.
   * @throws as {@link page} does
   */
  topic(ctx: Context, topic: Topic): Promise<User> {
    return this.#inTime(this.#ask(ctx, { topic }));
  }

  /** Those of some topics that may be read. @throws Problem 500 `authorize_failed`, 503 `authorize_slow` */
  async readable(ctx: Context, topics: Iterable<Topic>): Promise<ReadonlySet<Topic>> {
    const all = new Set(topics);
    if (this.#hook === undefined) return all;
    const readable = new Set<Topic>();
    const waiting = all.values();
    let isOver = false;
    const askOn = async () => {
      for (const topic of waiting) {
        if (isOver) return;
        try {
          await this.#ask(ctx, { topic });
          readable.add(topic);
        } catch (error) {
          if (!(error instanceof Denied)) throw error;
        }
      }
    };
    try {
      await this.#inTime(Promise.all(Array.from({ length: MAX_AT_ONCE }, askOn)));
    } finally {
      isOver = true;
    }
    return readable;
  }

  async #ask(ctx: Context, what: Omit<AuthorizeContext, "request">): Promise<User> {
    if (this.#hook === undefined) return undefined;
    try {
      const user = await this.#hook.decide({ request: requestOf(ctx), ...what });
      if (user === undefined || user === null) return undefined;
      if (typeof user === "object") return user;
      // `false` is not taken for nobody, who may: its author means that it may not be.
      throw new TypeError(`authorize() gave ${typeof user}. Return an object, or undefined for nobody, or deny().`);
    } catch (error) {
      if (error instanceof Problem) throw error;
      const title = "Who may do this could not be found out. Try again.";
      throw new Problem(500, "authorize_failed", title, {
        detail: this.#development ? `src/authorize.ts: ${error}` : undefined,
        cause: error,
      });
    }
  }

  async #inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
    if (this.#hook === undefined) return answer;
    const over = new AbortController();
    const late = wait(this.#limitMs, over.signal).then(() => {
      if (over.signal.aborted) return answer;
      const cause = new Error(`src/authorize.ts took over ${this.#limitMs / 1000} s.`);
      const title = "Who may do this could not be found out in time. Try again.";
      throw new Problem(503, "authorize_slow", title, { headers: { "Retry-After": "5" }, cause });
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      over.abort();
      late.catch(() => {}); // of what comes after the answer nobody is told
      answer.catch(() => {});
    }
  }
}

function requestOf(ctx: Context): AuthorizeRequest {
  const header = (name: string) => {
    const value = ctx.get(name);
    return value !== "" && (OF_ANYBODY.has(name.toLowerCase()) || isFromProxy(ctx)) ? value : undefined;
  };
  const { method, url, ip } = ctx;
  return { method, url, address: ip, cookie: (name) => signedCookie(ctx, name), header };
}
