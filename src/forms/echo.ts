import type { Broker } from "../engine/broker/broker.ts";
import { fill as filling } from "../engine/core/partial.ts";
import { regionOf } from "../engine/core/region.ts";
import { parseTopic, secretSegment } from "../engine/core/topic.ts";
import type { Admit } from "../engine/http/request/address.ts";
import { line } from "../engine/http/request/fields.ts";
import type { Forms } from "../engine/http/routes/forms.ts";
import type { Fill } from "../engine/views/page-load.ts";
import type { Views } from "../engine/views/views.ts";

const MOST_TEXT = 500;

/** What a visitor sends is to be said in a topic that nobody else can guess; its source says it, character by character. */
export function echoForm(forms: Forms, views: () => Views, broker: Broker, fill: Fill, admit: Admit): void {
  forms.take("/echo", {
    page: "echo",
    act: async (fields, ctx) => {
      // Control characters have no look of their own.
      fields.set("text", (fields.get("text") ?? "").replaceAll(/\p{Cc}+/gu, " "));
      const rest = line(fields, "text", "The text", MOST_TEXT);
      const id = secretSegment();
      const region = regionOf(parseTopic(`echo/${id}`));
      admit(ctx, region.topic);
      await broker.publish([{ topic: region.topic, data: { text: "", rest } }]);
      // Whether or not it is looked at: its source starts, and what nobody reads any more is forgotten in its time.
      const element = await views().regions([region], fill);
      const changes = filling("_echoed", element) + views().restream([region]);
      return { changes, address: `/echo?of=${id}` };
    },
  });
}
