import { z } from "zod";
import { parseTopic } from "../core/topic.ts";
import type { Views } from "../views/views.ts";
import { type Action, action } from "./action.ts";
import { refuse } from "./refuse.ts";

/**
 * Publishes the first sample of a topic's widget, with the values before it, where the topic has no value yet. It gives nobody
 * anything to say: what is published is the author's. It is there only where anybody may publish.
 */
export function sampleAction(views: () => Pick<Views, "widget">): Action {
  return action({
    fields: z.object({ topic: z.string() }),
    run: async ({ fields, publish, latest }) => {
      const topic = parseTopic(fields.topic);
      const { samples, access } = views().widget(topic);
      const [first] = samples;
      if (first === undefined || access === "page") return refuse("There is no sample of it to publish.");
      if ((await latest(topic)) !== undefined) return;
      for (const value of [...first.history, first.data]) await publish(topic, value);
    },
  });
}
