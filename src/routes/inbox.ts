import type Router from "@koa/router";
import type { Context } from "koa";
import type { Broker } from "../broker.ts";
import { Inbox } from "../inbox.ts";
import { decodeUtf8, parseJson } from "../json.ts";
import { Problem } from "../problem.ts";
import type { Views } from "../views.ts";
import { mediaType, readBody } from "./body.ts";
import { answerForm, isEnhanced, line, readForm, seeOther } from "./form.ts";
import { authorize } from "./publish.ts";

const MOST_FROM = 60;
const MOST_SUBJECT = 200;
const MAX_BODY = 16 * 1024;

/** Messages come from programs, as JSON, and from the page's own form; each page marks them as read. */
export function inboxRoutes(router: Router, views: () => Views, broker: Broker, token: string | undefined): void {
  const inbox = new Inbox(broker);

  const add = (form: URLSearchParams) =>
    inbox.add(line(form, "from", "The sender", MOST_FROM), line(form, "subject", "The subject", MOST_SUBJECT));

  router.post("/inbox", async (ctx) => {
    if (mediaType(ctx) === "application/json") {
      authorize(ctx, token);
      const id = await add(await readFields(ctx));
      ctx.status = 201;
      ctx.body = { id };
      return;
    }
    await answerForm(ctx, {
      views: views(),
      snippet: "inbox-form",
      page: "/inbox",
      work: async (form) => {
        await add(form);
        return { from: form.get("from")! };
      },
    });
  });

  router.post("/inbox/read", async (ctx) => {
    const form = await readForm(ctx);
    const id = form.get("id");
    if (id === null && !form.has("all")) {
      throw new Problem(422, "field_missing", "Name the message: id=…, or all=true for all of them.");
    }
    await inbox.read(id === null ? "all" : { id });
    // Its stream shows it, on this page as on all others.
    if (isEnhanced(ctx)) ctx.status = 204;
    else seeOther(ctx, "/inbox");
  });
}

/** JSON of the same fields as the form's. */
async function readFields(ctx: Context): Promise<URLSearchParams> {
  const value = parseJson(decodeUtf8(await readBody(ctx, MAX_BODY)));
  const fields = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return new URLSearchParams(fields.filter((field): field is [string, string] => typeof field[1] === "string"));
}
