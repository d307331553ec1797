import { setTimeout as sleep } from "node:timers/promises";
import type Router from "@koa/router";
import type { Broker } from "../broker.ts";
import { Problem } from "../problem.ts";
import { regionOf } from "../region.ts";
import { parseTopic, secretSegment, type Topic } from "../topic.ts";
import type { Fill } from "../views/page-load.ts";
import type { Views } from "../views.ts";
import { isEnhanced, line, readForm, seeOther } from "./form.ts";
import { html } from "./pages.ts";

const MOST_TEXT = 500;
const EACH_MS = 50;
/** How many echoes run at once, whoever sends them. */
const MOST_RUNNING = 200;
/** How long an echo can still be looked at after its end. */
const KEEP_MS = 600_000;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What a visitor sends comes back character by character, in a topic that nobody else can guess, which ends with it. */
export function echoRoute(router: Router, views: () => Views, broker: Broker, fill: Fill): void {
  let running = 0;

  router.post("/echo", async (ctx) => {
    const form = await readForm(ctx);
    try {
      // Control characters have no look of their own.
      form.set("text", (form.get("text") ?? "").replaceAll(/\p{Cc}+/gu, " "));
      const text = line(form, "text", "The text", MOST_TEXT);
      if (running >= MOST_RUNNING) {
        const headers = { "Retry-After": "5" };
        throw new Problem(429, "echoes_too_many", "Too many echoes are on their way. Try again in a moment.", {
          headers,
        });
      }
      const id = secretSegment();
      const topic = parseTopic(`echo/${id}`);
      await broker.publish([{ topic, data: { text: "", done: false } }]);
      running++;
      void echo(broker, topic, text)
        .finally(() => running--)
        .then(() => sleep(KEEP_MS, undefined, { ref: false }))
        .then(() => broker.clear(topic))
        .catch((error) => ctx.app.emit("error", error, ctx)); // nobody waits for it
      const page = `/echo?of=${id}`;
      if (!isEnhanced(ctx)) return seeOther(ctx, page);
      // A reload then goes on where it was.
      ctx.set("HX-Replace-Url", page);
      html(ctx, await views().join([], [regionOf(topic)], fill));
    } catch (error) {
      if (!isEnhanced(ctx) || !(error instanceof Problem) || error.status !== 422) throw error;
      html(ctx, views().snippet("echo-send", { error: error.message }));
      ctx.status = 422;
    }
  });
}

async function echo(broker: Broker, topic: Topic, text: string): Promise<void> {
  for (const { segment, index } of graphemes.segment(text)) {
    await sleep(EACH_MS, undefined, { ref: false });
    const end = index + segment.length;
    await broker.publish([{ topic, data: { text: text.slice(0, end), done: end === text.length } }]);
  }
  await broker.end(topic);
}
