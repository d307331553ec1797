import type Router from "@koa/router";
import type { Context } from "koa";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { decodeUtf8 } from "../../core/json.ts";
import { Problem } from "../../core/problem.ts";
import { told } from "../../views/forms.ts";
import type { Views } from "../../views/views.ts";
import { networkOf } from "../request/allowance.ts";
import { answerUnread, isUnread, mediaType, readBody } from "../request/body.ts";
import { html, pageAt, pathOf, type Show } from "./pages.ts";

/** Percent-encoding makes a byte three. */
const MAX_BODY_BYTES = 32 * 1024;
/** What one address may send: enough for all who share one, and too little to be a load. */
const RATE = { points: 60, duration: 10 }; // so many, in so many seconds

/** What a form's being taken comes to. */
export interface Outcome {
  /** What else changes on the page that it was sent from: partials. */
  readonly changes?: string;
  /** Where a reload goes on from there, if that is another address than the page has. */
  readonly address?: string;
}

export interface Form {
  /** The page that it stands on, by its name, where a browser does not say which it was sent from. */
  readonly page: string;
  /** Bytes; 32 KiB by default. */
  readonly most?: number;
  /** Does what the form is for. @throws Problem that its visitor is told */
  readonly act: (fields: URLSearchParams, ctx: Context) => Promise<Outcome>;
}

export interface FormsParts {
  /** Lets pass our own pages alone. */
  readonly router: Router;
  readonly views: () => Views;
  readonly show: Show;
  /** Whether any is taken. */
  readonly open: boolean;
}

/**
 * What visitors do. Whatever refuses a form, its visitor is told so beside it, and what was typed stays: with htmx as a change
 * of the page, without it on the page again.
 */
export class Forms {
  readonly #parts: FormsParts;
  readonly #rate = new RateLimiterMemory(RATE);

  constructor(parts: FormsParts) {
    this.#parts = parts;
  }

  /** @param path where it is sent */
  take(path: string, form: Form): void {
    this.#parts.router.post(path, async (ctx) => {
      let fields: URLSearchParams | undefined;
      try {
        if (!this.#parts.open) throw new Problem(403, "forms_closed", "This server takes nothing from visitors now.");
        await this.#admit(ctx);
        fields = await readForm(ctx, form.most);
        taken(ctx, await form.act(fields, ctx), this.#origin(ctx, form));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        await this.#refuse(ctx, form, error, fields);
      }
    });
  }

  /** @throws Problem 429 `forms_too_many` */
  async #admit(ctx: Context): Promise<void> {
    try {
      await this.#rate.consume(networkOf(ctx.ip));
    } catch (limit) {
      if (!(limit instanceof RateLimiterRes)) throw limit;
      const seconds = Math.ceil(limit.msBeforeNext / 1000);
      const title = `Your address has sent too much at once. Try again in ${seconds} s.`;
      throw new Problem(429, "forms_too_many", title, { headers: { "Retry-After": String(seconds) } });
    }
  }

  async #refuse(ctx: Context, form: Form, problem: Problem, fields = new URLSearchParams()): Promise<void> {
    const enhanced = isEnhanced(ctx);
    // A program that sends a form gets what it can parse.
    if (!enhanced && ctx.accepts("application/problem+json", "application/json", "text/html") !== "text/html") {
      throw problem;
    }
    if (problem.cause !== undefined) ctx.app.emit("error", problem, ctx);
    const why = [problem.message, problem.detail].filter((part) => part !== undefined).join(" ");
    if (enhanced) html(ctx, told(why));
    else {
      const { page, query } = this.#origin(ctx, form);
      await this.#parts.show(ctx, page, query, { ...Object.fromEntries(fields), error: why });
    }
    ctx.status = problem.status;
    ctx.set(problem.headers);
    if (isUnread(ctx)) answerUnread(ctx, Buffer.from(ctx.body as string));
  }

  /** The page that a form was sent from: a browser names it to its own site. */
  #origin(ctx: Context, form: Form): Origin {
    const from = URL.canParse(ctx.get("Referer")) ? new URL(ctx.get("Referer")) : undefined;
    const page = from && pageAt(this.#parts.views(), from.pathname);
    if (from === undefined || page === undefined) return { page: form.page, query: {}, address: pathOf(form.page) };
    return { page, query: Object.fromEntries(from.searchParams), address: from.pathname + from.search };
  }
}

interface Origin {
  readonly page: string;
  readonly query: Context["query"];
  readonly address: string;
}

function taken(ctx: Context, { changes = "", address }: Outcome, origin: Origin): void {
  if (isEnhanced(ctx)) {
    if (address !== undefined) ctx.set("HX-Replace-Url", address);
    html(ctx, told() + changes);
  } else {
    ctx.status = 303;
    ctx.redirect(address ?? origin.address);
  }
}

/** Whether htmx asks, and so wants a part of a page and no redirect. */
export function isEnhanced(ctx: Context): boolean {
  return ctx.get("HX-Request") !== "";
}

/** The fields of a form. @throws Problem 415 `media_type_unsupported`, 413 `body_too_large` */
export async function readForm(ctx: Context, most = MAX_BODY_BYTES): Promise<URLSearchParams> {
  if (mediaType(ctx) !== "application/x-www-form-urlencoded") {
    throw new Problem(415, "media_type_unsupported", "Send the form as application/x-www-form-urlencoded.");
  }
  return new URLSearchParams(decodeUtf8(await readBody(ctx, most)));
}
