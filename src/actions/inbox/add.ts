import { randomUUID } from "node:crypto";
import { action } from "brooklet";
import { z } from "zod";
import { line } from "../_line.ts";
import { messagesOf } from "./_messages.ts";

/** So many are kept, or the inbox would outgrow what one value may hold. */
const MOST = 100;

export default action({
  fields: z.object({ from: line("The sender", 60), subject: line("The subject", 200) }),
  run: ({ fields, update }) => {
    const message = { id: randomUUID(), ...fields, at: new Date().toISOString(), read: false };
    return update("inbox", (inbox) => ({ messages: [message, ...messagesOf(inbox)].slice(0, MOST) }));
  },
});
