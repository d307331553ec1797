import type { Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { shows, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
beforeEach(async () => {
  server = await start();
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const says = (page: Page, form: string, text: string) =>
  page.locator(`${form} .refused`).filter({ visible: true, hasText: text }).waitFor();

describe("without JavaScript", () => {
  const open = (path: string) => chromium.open(server.url + path, { javaScriptEnabled: false });

  test("a form that is refused comes back with what was typed, on its page as it was chosen", async () => {
    chromium.allow(/status of/);
    const page = await open("/updates?friends=true&format=detailed");
    await page.getByLabel("Name").fill("Grace");
    await page.getByLabel("Update", { exact: true }).fill("   ");
    await page.getByRole("button", { name: "Post" }).click();
    await says(page, ".compose", "The update is empty.");
    expect(await page.getByLabel("Name").inputValue()).toBe("Grace");
    await page.getByLabel("Update", { exact: true }).fill("It compiles.");
    await page.getByRole("button", { name: "Post" }).click();
    expect(await server.broker.latest(parseTopic("updates"))).toMatchObject({ from: "Grace", text: "It compiles." });
    await page.goto(`${server.url}/chat`);
    await page.locator("#_chat-text").fill("long ".repeat(2_000));
    await page.getByRole("button", { name: "Send" }).click();
    await says(page, ".say", "at most 8 KiB");
    expect((await page.locator("#_chat-text").inputValue()).length).toBe(10_000);
    expect(await page.locator(".unanswered").filter({ visible: true }).count()).toBe(0);
  });

  test.each([
    ["/pair", true],
    ["/widgets/clock", true],
    ["/random?running=true", true],
    ["/", false],
    ["/updates", false],
    ["/inbox", false],
    ["/echo", false],
    ["/chat", false],
    ["/random", false],
    ["/widgets", false],
  ])("%s loads itself again: %s", async (path, refreshes) => {
    const html = await (await fetch(server.url + path)).text();
    expect(html.includes('<noscript><meta http-equiv="refresh" content="30"></noscript>')).toBe(refreshes);
  });

  test("the buttons of /random open, clean and close", async () => {
    const page = await open("/random");
    await page.getByRole("button", { name: "Start" }).click();
    await shows(page, "#_state", "Running");
    await page.getByRole("button", { name: "Clean" }).click();
    await shows(page, "#_state", "Running");
    await page.getByRole("button", { name: "Close" }).click();
    await shows(page, "#_state", "Closed");
  });
});
