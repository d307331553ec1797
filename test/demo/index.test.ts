import { startBrooklet } from "brooklet/testing";
import { expect, test } from "vitest";

test.each([
  [{}, true],
  [{ CHAT: "off" }, false],
])("the first page leads to the chat where there is one: %j", async (env, leads) => {
  const brooklet = await startBrooklet({ sources: {}, env });
  expect((await brooklet.page("/")).includes('href="/chat"')).toBe(leads);
  expect((await fetch(`${brooklet.url}/chat`)).status).toBe(leads ? 200 : 404);
  await brooklet.stop();
});
