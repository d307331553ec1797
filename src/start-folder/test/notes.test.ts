import { startBrooklet } from "brooklet/testing";
import { expect, test } from "vitest";

test("a note shows on every open page", async () => {
  const brooklet = await startBrooklet();
  const notes = await brooklet.collect("notes");
  await brooklet.press("notes/add", { text: "Hello" });
  expect(await notes.nth(1)).toContain("Hello");
  await brooklet.stop();
});
