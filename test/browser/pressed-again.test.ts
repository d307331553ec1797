import { afterAll, beforeAll, expect, test } from "vitest";
import { action } from "../../src/engine/actions/action.ts";
import { refuse } from "../../src/engine/actions/refuse.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { opened, shows, useChromium } from "../support/browser.ts";
import { start, type TestServer, templates } from "../support/server.ts";

const VIEWS = templates({
  "widgets/tries.eta": "<b><%= data %></b>",
  "pages/index.eta": `<h1>Door</h1><form <%~ action("knock") %>><label>Word <input name="word"></label><button>Knock</button></form>
<p>Tries: <%~ live("tries") %></p>`,
});
const knock = action(async ({ update }) => {
  await update("tries", (tries) => (tries ?? 0) + 1);
  refuse("Nobody opens.");
});

let server: TestServer;
beforeAll(async () => {
  server = await start({ views: VIEWS, actions: { knock } });
});
afterAll(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

test("a form that was refused for no field is pressed again as it stands, and that is another press", async () => {
  chromium.allow(/422/);
  const page = await chromium.open(`${server.url}/`);
  await opened(page);
  await page.getByLabel("Word").fill("Please");
  for (const tries of ["1", "2", "3"]) {
    const before = await page.locator("[name=_once]").inputValue();
    await page.getByLabel("Word").press("Enter");
    await shows(page, ".refusal .refused", "Nobody opens.");
    await expect.poll(() => page.locator("[name=_once]").inputValue()).not.toBe(before);
    await shows(page, "#tries", tries);
  }
  expect(await page.getByLabel("Word").inputValue()).toBe("Please");
  expect(await server.broker.latest(parseTopic("tries"))).toBe(3);
});
