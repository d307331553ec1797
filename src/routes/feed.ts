import type { Broker } from "../broker.ts";
import { parseTopic } from "../topic.ts";
import { anew } from "../views/forms.ts";
import type { Views } from "../views.ts";
import { lines } from "./fields.ts";
import type { Forms } from "./form.ts";

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
