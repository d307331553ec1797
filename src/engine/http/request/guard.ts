import type { Context } from "koa";
import { Denied } from "../../access/authorize.ts";
import type { OwnIds } from "../../access/own-ids.ts";
import type { Seals } from "../../access/seals.ts";
import type { Tokens } from "../../access/tokens.ts";
import type { Region } from "../../core/region.ts";
import { type Topic, widgetOf } from "../../core/topic.ts";
import type { Seal } from "../../views/page/page-elements.ts";
import type { Views } from "../../views/views.ts";
import type { Authorizer } from "./authorizer.ts";
import type { PageList } from "./open-page.ts";
import { ofOne } from "./personal.ts";
import { carriedToken, requireToken } from "./token.ts";
import { visitorFor, visitorOf } from "./visitor.ts";

export interface GuardParts {
  readonly views: () => Views;
  readonly authorizer: Authorizer;
  readonly tokens: Tokens;
  readonly ownIds: OwnIds;
  readonly seals: Seals;
  /** How often an open stream is checked again; each minute by default. */
  readonly checkMs?: number | undefined;
}

/** What an open page may have of its list. */
export interface Admission {
  readonly regions: readonly Region[];
  /** The others: not sealed for this visitor, or not to be read by them. */
  readonly withheld: readonly Region[];
  /** When the seal expires, in milliseconds since 1970: until then its stream may be opened. Infinity where it has none. */
  readonly expiresAt: number;
  /** The page that was sealed, which whoever asks may load; "" where there is none. */
  readonly page: string;
}

const CHECK_MS = 60_000;

/** Who may read what. */
export class Guard {
  /** How often an open stream is to be checked again. */
  readonly checkMs: number;
  /** How long a seal is good. */
  readonly lifeMs: number;
  readonly #parts: GuardParts;

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.checkMs = parts.checkMs ?? CHECK_MS;
    this.lifeMs = parts.seals.lifeMs;
  }

  /** Whether a topic is for pages of this server alone: its widget says so, or it has an id of a visitor's in its name. */
  readonly isForPages = (topic: Topic): boolean => {
    const { views, ownIds } = this.#parts;
    if (views().widgets.get(widgetOf(topic))?.access === "page") return true;
    return ownIds.areIn(topic);
  };

  /**
   * Seals for whoever asks what a page's template, or an action, has named: never what a request has, unless that was sealed
   * before. A visitor without a cookie is given one where there is something to seal.
   */
  seal(ctx: Context, page: string): Seal {
    return (regions) => {
      const names = this.#forPages(regions);
      if (names.length === 0) return undefined;
      return ofOne(ctx, this.#parts.seals.make(page, { names, visitor: visitorFor(ctx) }));
    };
  }

  /**
   * Also of a list whose seal has expired: its page then asks for another.
   * @throws Problem 500 `authorize_failed`, 503 `authorize_slow`
   */
  async admit(ctx: Context, { regions, seal }: PageList): Promise<Admission> {
    if (!this.watches(regions)) return { regions, withheld: [], expiresAt: Number.POSITIVE_INFINITY, page: "" };
    const names = this.#forPages(regions);
    const visitor = names.length === 0 || seal === undefined ? undefined : visitorOf(ctx);
    const sealed = visitor === undefined ? undefined : this.#parts.seals.read(seal!, { names, visitor });
    const isNamed = sealed !== undefined && (await this.#mayLoad(ctx, sealed.page));
    const named = regions.filter(({ name }) => isNamed || !names.includes(name));
    const topics = named.map(({ topic }) => topic);
    const denied = await this.#parts.authorizer.denied(ctx, topics);
    const admitted = named.filter(({ topic }) => !denied.has(topic));
    return {
      regions: admitted,
      withheld: regions.filter((region) => !admitted.includes(region)),
      expiresAt: isNamed ? sealed.expiresAt : Number.POSITIVE_INFINITY,
      page: isNamed ? sealed.page : "",
    };
  }

  /**
   * Lets a program pass that may read these topics: with a token for them; or, where they are not for pages alone, as anybody whom
   * the author's hook lets.
   * @throws Problem 401 `token_missing`, `token_invalid`, 403 `token_forbidden`, whether or not a topic has a value; and what
   *   {@link Authorizer.topics} throws
   */
  async admitProgram(ctx: Context, topics: readonly Topic[]): Promise<void> {
    const { tokens, authorizer } = this.#parts;
    const token = carriedToken(ctx, tokens);
    const others = topics.filter((topic) => !token?.may("read", topic));
    for (const topic of others) if (this.isForPages(topic)) requireToken(ctx, tokens, "read", topic);
    await authorizer.topics(ctx, others);
  }

  /** Whether only a new request tells if who sent this one may still read: see {@link Authorizer.isPersonal}. */
  isPersonal(ctx: Context): boolean {
    return this.#parts.authorizer.isPersonal(ctx);
  }

  /** Whether not everybody may read all of these regions, so that an open stream of them is to be checked again. */
  watches(regions: readonly Region[]): boolean {
    return !this.#parts.authorizer.isOpen || regions.some(({ topic }) => this.isForPages(topic));
  }

  async #mayLoad(ctx: Context, page: string): Promise<boolean> {
    try {
      await this.#parts.authorizer.page(ctx, page);
      return true;
    } catch (error) {
      if (error instanceof Denied) return false;
      throw error;
    }
  }

  #forPages(regions: readonly Region[]): string[] {
    return regions.filter(({ topic }) => this.isForPages(topic)).map(({ name }) => name);
  }
}
