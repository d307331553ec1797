import { JsonText } from "../core/json.ts";
import { parseTopic } from "../core/topic.ts";
import { typedJson, valueFields } from "../views/forms/value-form.ts";
import type { Views } from "../views/views.ts";
import { type Action, action } from "./action.ts";
import { refuse } from "./refuse.ts";

/** Publishes what is typed into the gallery's form of a widget. It is there only where anybody may publish. */
export function publishAction(views: () => Pick<Views, "widget">): Action {
  return action(({ fields, publish }) => {
    const topic = parseTopic(fields.widget ?? "");
    const { schema, access, samples } = views().widget(topic);
    const form = schema && valueFields(schema, samples[0]?.data);
    if (form === undefined || access === "page") return refuse("There is no form of it to publish by.");
    return publish(topic, JsonText.read(typedJson(form, fields, refuse)));
  });
}
