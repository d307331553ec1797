import type { Broker } from "../engine/broker/broker.ts";
import { parseTopic } from "../engine/core/topic.ts";
import { line } from "../engine/http/request/fields.ts";
import type { Forms } from "../engine/http/routes/forms.ts";
import { anew } from "../engine/views/forms.ts";
import type { Views } from "../engine/views/views.ts";

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
