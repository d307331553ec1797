import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { opened, shows, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
let tabs: Page[];

beforeEach(async () => {
  server = await start();
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const send = (subject: string) =>
  fetch(`${server.url}/actions/inbox/add`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ from: "Ada", subject }),
  });
const open = async () => {
  const page = await chromium.open(`${server.url}/inbox`);
  await opened(page);
  return page;
};
const unread = (page: Page, text: string) => page.getByText(text, { exact: true }).first().waitFor();
const both = (check: (page: Page) => Promise<unknown>) => Promise.all(tabs.map(check));

test("a new message shows in every tab; what one tab marks as read, all do", async () => {
  tabs = [await open(), await open()];
  for (const subject of ["A new message", "Another one", "A third"]) expect((await send(subject)).status).toBe(303);
  await both((page) => shows(page, ".reading", /^3\s*unread of 3$/));
  expect(await tabs[0]!.locator(".mail li > p").allTextContents()).toEqual(["A third", "Another one", "A new message"]);
  await tabs[0]!.getByRole("button", { name: "Mark read: Another one" }).click();
  await both((page) => shows(page, ".reading", /^2\s*unread of 3$/));
  expect(await tabs[1]!.locator(".mail .read > p").allTextContents()).toEqual(["Another one"]);
  await tabs[1]!.getByRole("button", { name: "Mark all read" }).click();
  await both((page) => shows(page, ".reading", /^0\s*unread of 3$/));
  await both((page) => unread(page, "All read."));
  await tabs[0]!.reload();
  await shows(tabs[0]!, ".reading", /^0\s*unread of 3$/);
});

test("by keyboard, one after the other: the focus stays where one was", async () => {
  await send("first");
  await send("second");
  const page = await open();
  await page.getByRole("button", { name: "Mark read: second" }).focus();
  await page.keyboard.press("Enter");
  await shows(page, ".reading", /^1\s*unread/);
  await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Read");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await shows(page, ".reading", /^0\s*unread/);
});

test("the form on the page sends a message, beside a list that changes meanwhile", async () => {
  const page = await open();
  await page.getByRole("textbox", { name: "From" }).fill("Grace");
  await page.getByLabel("Subject").pressSequentially("A moth ");
  await send("in between");
  await shows(page, ".mail", "in between");
  await page.getByLabel("Subject").pressSequentially("in the relay");
  await page.keyboard.press("Enter");
  await shows(page, ".mail", "A moth in the relay");
  await expect.poll(() => page.getByLabel("Subject").inputValue()).toBe("");
});
