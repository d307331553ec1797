import type Router from "@koa/router";
import type { Context } from "koa";
import type { Broker } from "../broker.ts";
import { decodeUtf8 } from "../json.ts";
import { Problem } from "../problem.ts";
import { parseTopic } from "../topic.ts";
import type { Views } from "../views.ts";
import { mediaType, readBody } from "./body.ts";
import { html } from "./pages.ts";

const MAX_TEXT = 8 * 1024;
/** Percent-encoding makes a byte three. */
const MAX_BODY = 4 * MAX_TEXT;

/** The form on a page that publishes to the feed. It works without htmx as well. */
export function feedRoute(router: Router, views: () => Views, broker: Broker): void {
  router.post("/feed", async (ctx) => {
    const enhanced = ctx.get("HX-Request") !== "";
    try {
      const text = await readText(ctx);
      await broker.publish([{ topic: parseTopic("feed"), data: { text } }]);
    } catch (error) {
      // htmx gets the form again, with what is wrong with it; the text stays as it was typed.
      if (!enhanced || !(error instanceof Rejected)) throw error;
      html(ctx, views().snippet("feed-form", { value: error.text, error: error.message }));
      ctx.status = error.status;
      return;
    }
    if (enhanced) html(ctx, views().snippet("feed-form"));
    else {
      ctx.status = 303;
      ctx.redirect("/");
    }
  });
}

/** What a person can mend in the form itself. */
class Rejected extends Problem {
  readonly text: string;

  constructor(status: number, code: string, title: string, text: string) {
    super(status, code, title);
    this.text = text;
  }
}

async function readText(ctx: Context): Promise<string> {
  if (mediaType(ctx) !== "application/x-www-form-urlencoded") {
    throw new Problem(415, "media_type_unsupported", "Send the form as application/x-www-form-urlencoded.");
  }
  const form = new URLSearchParams(decodeUtf8(await readBody(ctx, MAX_BODY)));
  // Browsers end a form's lines with CRLF, whatever was typed.
  const text = (form.get("text") ?? "").replaceAll("\r\n", "\n");
  if (text.trim() === "") throw new Rejected(422, "text_missing", "Write something first.", text);
  if (Buffer.byteLength(text) > MAX_TEXT) {
    throw new Rejected(422, "text_too_long", `Write at most ${MAX_TEXT / 1024} KiB.`, text);
  }
  return text;
}
