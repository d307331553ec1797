import type { Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { refuse } from "../../src/engine/actions/refuse.ts";
import { shows, useChromium } from "../support/browser.ts";
import { start, type TestServer, templates } from "../support/server.ts";

let server: TestServer;
beforeEach(async () => {
  const views = templates({
    "widgets/quote.eta": "<b><%= data %></b>",
    "pages/board.eta": '<h1>Board</h1><%~ live("quote") %>',
    "pages/desk.eta":
      '<h1>Desk</h1><%~ live("quote") %><form <%~ action("say") %>><label>Text <input name="text"></label><button>Say</button></form>',
  });
  server = await start({ views, actions: { say: { run: () => refuse("Not today.") } as never } });
  await publish(1);
});
afterEach(() => server.close());
const chromium = useChromium();

const publish = (data: number) =>
  fetch(`${server.url}/publish/quote`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(data),
  });

describe("without JavaScript", () => {
  const open = (path: string) => chromium.open(server.url + path, { javaScriptEnabled: false });
  const refreshes = (page: Page) => page.locator('head meta[http-equiv="refresh"]').count();

  test("a page is complete at first, and loads itself again under its strict policy", async () => {
    const page = await open("/board");
    await shows(page, "#quote b", /^1$/);
    expect(await page.locator("#quote b").count()).toBe(1);
    expect(await page.locator('head meta[http-equiv="refresh"]').getAttribute("content")).toBe("30");
    await shows(page, ".banner", "Without JavaScript this page is loaded again every 30 seconds.");
    expect(await page.locator("#_pulse").innerText()).toBe("");
    // The same page, sooner.
    await page.route("**/board", async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('content="30"', 'content="1"');
      await route.fulfill({ response, body });
    });
    await page.reload();
    await publish(2);
    await shows(page, "#quote b", /^2$/);
    await publish(3);
    await shows(page, "#quote b", /^3$/);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("one that is typed into never does, be it refused or not, and its link loads it again", async () => {
    chromium.allow(/status of 422/);
    const page = await open("/desk");
    expect(await refreshes(page)).toBe(0);
    await page.getByLabel("Text").fill("half a sentence");
    await page.getByRole("button", { name: "Say" }).click();
    await page.getByText("Not today.").waitFor();
    expect(new URL(page.url()).pathname).toBe("/actions/say");
    expect(await page.getByLabel("Text").inputValue()).toBe("half a sentence");
    expect(await refreshes(page)).toBe(0);
    await publish(2);
    await page.getByRole("link", { name: "Load it again" }).click();
    await page.waitForURL(`${server.url}/desk`);
    await shows(page, "#quote b", /^2$/);
    await publish(3);
    await page.getByRole("link", { name: "Load it again" }).click();
    await shows(page, "#quote b", /^3$/);
  });

  test("with JavaScript nothing of it is there", async () => {
    const page = await chromium.open(`${server.url}/board`);
    await shows(page, "#quote b", /^1$/);
    expect(await refreshes(page)).toBe(0);
    expect(await page.locator(".banner").count()).toBe(0);
  });
});
