import type { Context } from "koa";
import { decodeUtf8 } from "../json.ts";
import { Problem } from "../problem.ts";
import type { Views } from "../views.ts";
import { mediaType, readBody } from "./body.ts";
import { html } from "./pages.ts";

/** Percent-encoding makes a byte three. */
const MAX_BODY = 32 * 1024;

/** Whether htmx asks, and so wants a part of a page and no redirect. */
export function isEnhanced(ctx: Context): boolean {
  return ctx.get("HX-Request") !== "";
}

/**
 * The fields of a form.
 * @param most bytes; 32 KiB by default
 * @throws Problem 415 `media_type_unsupported`, 413 `body_too_large`
 */
export async function readForm(ctx: Context, most = MAX_BODY): Promise<URLSearchParams> {
  if (mediaType(ctx) !== "application/x-www-form-urlencoded") {
    throw new Problem(415, "media_type_unsupported", "Send the form as application/x-www-form-urlencoded.");
  }
  return new URLSearchParams(decodeUtf8(await readBody(ctx, most)));
}

/**
 * One line that a person has typed into a form.
 * @throws Problem 422 `field_missing`, `field_too_long`
 */
export function line(form: URLSearchParams, name: string, label: string, most: number): string {
  const text = (form.get(name) ?? "").trim();
  if (text === "") throw new Problem(422, "field_missing", `${label} is empty. Write something there.`);
  if (text.length > most) throw new Problem(422, "field_too_long", `${label} has at most ${most} characters.`);
  return text;
}

export interface FormParts {
  readonly views: Views;
  /** `views/snippets/<name>.eta`: the form itself. */
  readonly snippet: string;
  /** Where the form is, for browsers without htmx. */
  readonly page: string;
  /** Does what the form is for. @returns the fields that the fresh form keeps */
  readonly work: (form: URLSearchParams) => Promise<Record<string, string>>;
}

/** Answers a form: with itself, afresh or with what has to be mended in it; without htmx with its page. */
export async function answerForm(ctx: Context, { views, snippet, page, work }: FormParts): Promise<void> {
  const form = await readForm(ctx);
  try {
    const kept = await work(form);
    if (isEnhanced(ctx)) html(ctx, views.snippet(snippet, kept));
    else seeOther(ctx, page);
  } catch (error) {
    if (!isEnhanced(ctx) || !(error instanceof Problem) || error.status !== 422) throw error;
    // What was typed stays as it was typed.
    html(ctx, views.snippet(snippet, { ...Object.fromEntries(form), error: error.message }));
    ctx.status = 422;
  }
}

/** Back to a page after a form was taken. */
export function seeOther(ctx: Context, page: string): void {
  ctx.status = 303;
  ctx.redirect(page);
}
