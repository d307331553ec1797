import type { Broker } from "../engine/broker/broker.ts";
import { parseTopic } from "../engine/core/topic.ts";
import { lines } from "../engine/http/request/fields.ts";
import type { Forms } from "../engine/http/routes/forms.ts";
import { anew } from "../engine/views/forms.ts";
import type { Views } from "../engine/views/views.ts";

const MAX_TEXT = 8 * 1024;

/** The form on the first page that publishes to the feed. */
export function feedForm(forms: Forms, views: () => Views, broker: Broker): void {
  forms.take("/feed", {
    page: "index",
    act: async (fields) => {
      await broker.publish([{ topic: parseTopic("feed"), data: { text: lines(fields, "text", MAX_TEXT) } }]);
      return { changes: anew(views().snippet("feed-form")) };
    },
  });
}
