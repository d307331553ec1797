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
    run: async ({ fields, publish, update, latest }) => {
      const topic = parseTopic(fields.topic);
      const { samples, access, kind } = views().widget(topic);
      const [first] = samples;
      if (first === undefined || access === "page") return refuse("There is no sample of it to publish.");
      if ((await latest(topic)) !== undefined) return;
      const values = [...first.history, first.data];
      // Two who press at once both come here. Items have names, so that both write the same ones; of a state, one has the first value.
      if (kind === "log") {
        for (const [i, value] of values.entries())
          await update(topic, `sample ${i + 1}`, (held) => (held === undefined ? value : undefined));
        return;
      }
      let isFirst = false;
      await update(topic, (held) => {
        isFirst = held === undefined;
        return isFirst ? values[0] : undefined;
      });
      if (isFirst) for (const value of values.slice(1)) await publish(topic, value);
    },
  });
}
