import type Router from "@koa/router";
import type { Broker } from "../broker.ts";
import { parseTopic } from "../topic.ts";
import type { Views } from "../views.ts";
import { answerForm, line } from "./form.ts";

const MOST_NAME = 60;
const MOST_TEXT = 1_000;

/** The form that publishes an update, as any program may through /publish/updates. */
export function updatesRoute(router: Router, views: () => Views, broker: Broker): void {
  router.post("/updates", (ctx) =>
    answerForm(ctx, {
      views: views(),
      snippet: "updates-form",
      page: `/updates${ctx.search}`, // what its visitor had chosen to see
      work: async (form) => {
        const from = line(form, "from", "The name", MOST_NAME);
        const text = line(form, "text", "The update", MOST_TEXT);
        const friend = form.has("friend");
        await broker.publish([{ topic: parseTopic("updates"), data: { from, text, friend } }]);
        return { from, ...(friend && { friend: "on" }) };
      },
    }),
  );
}
