import { action } from "brooklet";
import { z } from "zod";

export default action({
  fields: z.object({
    name: z.string().trim().min(1, "Who are you?").max(60, "Sixty characters at most."),
    text: z.string().trim().min(1, "Say something.").max(4000, "Four thousand characters at most."),
  }),
  run: ({ fields, publish }) => publish("comments", fields),
});
