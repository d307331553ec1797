import type { Context } from "koa";
import { decodeUtf8 } from "../../core/json.ts";
import { LIMITS } from "../../core/limits.ts";
import { Problem } from "../../core/problem.ts";
import { mediaType, readBody } from "./body.ts";

/** What a form sent. @throws Problem 415 `media_type_unsupported`, 413 `body_too_large` */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  if (mediaType(ctx) !== "application/x-www-form-urlencoded") {
    const fix = "Send the form as application/x-www-form-urlencoded, as a form without enctype is.";
    throw new Problem(415, "media_type_unsupported", fix);
  }
  return new URLSearchParams(decodeUtf8(await readBody(ctx, LIMITS.bodyBytes)));
}
