import { expect, test } from "vitest";
import { startSite as start } from "../support/site.ts";

test.each([
  [{}, true],
  [{ chat: "off" } as const, false],
])("the first page leads to the chat where there is one: %j", async (options, leads) => {
  const server = await start(options);
  const html = await (await fetch(server.url)).text();
  expect(html.includes('href="/chat"')).toBe(leads);
  expect((await fetch(`${server.url}/chat`)).status).toBe(leads ? 200 : 404);
  await server.close();
});
