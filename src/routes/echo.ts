import type { Broker } from "../broker.ts";
import { fill as filling } from "../partial.ts";
import { regionOf } from "../region.ts";
import { parseTopic, secretSegment } from "../topic.ts";
import type { Fill } from "../views/page-load.ts";
import type { Views } from "../views.ts";
import type { Admit } from "./address.ts";
import { line } from "./fields.ts";
import type { Forms } from "./form.ts";

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
