import type Router from "@koa/router";
import type { Context } from "koa";
import type { Broker } from "../engine/broker/broker.ts";
import { decodeUtf8, parseJson } from "../engine/core/json.ts";
import { Problem } from "../engine/core/problem.ts";
import { mediaType, readBody } from "../engine/http/request/body.ts";
import { line } from "../engine/http/request/fields.ts";
import type { Forms } from "../engine/http/routes/forms.ts";
import { authorize } from "../engine/http/routes/publish.ts";
import { anew } from "../engine/views/forms.ts";
import type { Views } from "../engine/views/views.ts";
import { Inbox } from "./inbox-messages.ts";

const MOST_FROM = 60;
const MOST_SUBJECT = 200;
const MAX_BODY = 16 * 1024;

export interface InboxParts {
  readonly router: Router;
  readonly forms: Forms;
  readonly views: () => Views;
  readonly broker: Broker;
  /** What programs must show. */
  readonly token: string | undefined;
}

/** Messages come from programs, as JSON, and from the page's own form; each page marks them as read. */
export function inboxRoutes({ router, forms, views, broker, token }: InboxParts): void {
  const inbox = new Inbox(broker);

  const add = (fields: URLSearchParams) =>
    inbox.add(line(fields, "from", "The sender", MOST_FROM), line(fields, "subject", "The subject", MOST_SUBJECT));

  router.post("/inbox", async (ctx, next) => {
    if (mediaType(ctx) !== "application/json") return next();
    authorize(ctx, token);
    const id = await add(await readFields(ctx));
    ctx.status = 201;
    ctx.body = { id };
  });

  forms.take("/inbox", {
    page: "inbox",
    act: async (fields) => {
      await add(fields);
      return { changes: anew(views().snippet("inbox-form", { from: fields.get("from") })) };
    },
  });

  forms.take("/inbox/read", {
    page: "inbox",
    act: async (fields) => {
      const id = fields.get("id");
      if (id === null && !fields.has("all")) {
        throw new Problem(422, "field_missing", "Name the message: id=…, or all=true for all of them.");
      }
      await inbox.read(id === null ? "all" : { id });
      return {}; // its stream shows it, on this page as on all others
    },
  });
}

/** JSON of the same fields as the form's. */
async function readFields(ctx: Context): Promise<URLSearchParams> {
  const value = parseJson(decodeUtf8(await readBody(ctx, MAX_BODY)));
  const fields = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return new URLSearchParams(fields.filter((field): field is [string, string] => typeof field[1] === "string"));
}
