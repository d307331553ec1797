import { action } from "brooklet";
import { z } from "zod";
import { line } from "./_line.ts";

/** As any program may publish to /publish/updates. */
export default action({
  fields: z.object({ from: line("The name", 60), text: line("The update", 1_000), friend: z.string().optional() }),
  run: ({ fields: { from, text, friend }, publish }) =>
    publish("updates", { from, text, friend: friend !== undefined }),
});
