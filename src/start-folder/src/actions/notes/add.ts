import { action, refuse } from "brooklet";

export default action(({ fields, publish }) => {
  if (!fields.text?.trim()) refuse({ text: "Say something." });
  return publish("notes", { text: fields.text });
});
