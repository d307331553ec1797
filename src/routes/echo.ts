import type Router from "@koa/router";
import type { Broker } from "../broker.ts";
import { Problem } from "../problem.ts";
import { regionOf } from "../region.ts";
import { parseTopic, secretSegment } from "../topic.ts";
import type { Fill } from "../views/page-load.ts";
import type { Views } from "../views.ts";
import type { Admit } from "./address.ts";
import { isEnhanced, line, readForm, seeOther } from "./form.ts";
import { html } from "./pages.ts";

const MOST_TEXT = 500;

/** What a visitor sends is to be said in a topic that nobody else can guess; its source says it, character by character. */
export function echoRoute(router: Router, views: () => Views, broker: Broker, fill: Fill, admit: Admit): void {
  router.post("/echo", async (ctx) => {
    const form = await readForm(ctx);
    try {
      // Control characters have no look of their own.
      form.set("text", (form.get("text") ?? "").replaceAll(/\p{Cc}+/gu, " "));
      const rest = line(form, "text", "The text", MOST_TEXT);
      const id = secretSegment();
      const region = regionOf(parseTopic(`echo/${id}`));
      admit(ctx, region.topic);
      await broker.publish([{ topic: region.topic, data: { text: "", rest } }]);
      // Whether or not it is looked at: its source starts, and what nobody reads any more is forgotten in its time.
      const answer = await views().join([], [region], fill);
      const page = `/echo?of=${id}`;
      if (!isEnhanced(ctx)) return seeOther(ctx, page);
      // A reload then goes on where it was.
      ctx.set("HX-Replace-Url", page);
      html(ctx, answer);
    } catch (error) {
      if (!isEnhanced(ctx) || !(error instanceof Problem) || error.status !== 422) throw error;
      html(ctx, views().snippet("echo-send", { error: error.message }));
      ctx.status = 422;
    }
  });
}
