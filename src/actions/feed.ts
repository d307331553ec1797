import { action } from "brooklet";
import { z } from "zod";

const text = z.string("Write something first.").max(8_192, "Write at most 8,192 characters: this is longer.");

export default action({
  fields: z.object({ text: text.refine((text) => text.trim() !== "", "Write something first.") }),
  run: ({ fields, publish }) => publish("feed", { text: fields.text }),
});
