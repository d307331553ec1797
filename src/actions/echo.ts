import { randomBytes } from "node:crypto";
import { action } from "brooklet";
import { z } from "zod";
import { line } from "./_line.ts";

// Control characters have no look of their own.
const plain = z.string("Write something first.").transform((text) => text.replaceAll(/\p{Cc}+/gu, " "));

/** What is sent is said again in a topic that nobody else can guess: its source does that, character by character. */
export default action({
  fields: z.object({ text: plain.pipe(line("The text", 500)) }),
  run: async ({ fields, publish, page }) => {
    const id = randomBytes(16).toString("base64url");
    await publish(`echo/${id}`, { text: "", rest: fields.text });
    return page.go(`/echo?of=${id}`);
  },
});
