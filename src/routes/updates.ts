import type { Broker } from "../broker.ts";
import { parseTopic } from "../topic.ts";
import { anew } from "../views/forms.ts";
import type { Views } from "../views.ts";
import { line } from "./fields.ts";
import type { Forms } from "./form.ts";

const MOST_NAME = 60;
const MOST_TEXT = 1_000;

/** The form that publishes an update, as any program may through /publish/updates. */
export function updatesForm(forms: Forms, views: () => Views, broker: Broker): void {
  forms.take("/updates", {
    page: "updates",
    act: async (fields) => {
      const from = line(fields, "from", "The name", MOST_NAME);
      const text = line(fields, "text", "The update", MOST_TEXT);
      const friend = fields.has("friend");
      await broker.publish([{ topic: parseTopic("updates"), data: { from, text, friend } }]);
      return { changes: anew(views().snippet("updates-form", { from, friend })) };
    },
  });
}
