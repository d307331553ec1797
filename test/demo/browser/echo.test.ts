import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import echo from "../../../src/sources/echo.ts";
import { eventually, screenshot, shows, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
beforeEach(async () => {
  server = await start({ sources: { echo } });
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const TEXT = "Hello 👨‍👩‍👧‍👦, how far is the sea?";
const open = () => chromium.open(`${server.url}/echo`);
const button = (page: Page) => page.locator("#_echoed button");
const echoed = async (page: Page) => (await page.locator(".echoed").allTextContents()).join();

async function send(page: Page, text: string): Promise<void> {
  await page.locator("#_echo-text").fill(text);
  await button(page).click();
}

/** What the echo has shown so far, once it is this much. */
const until = (page: Page, good: (text: string) => boolean) => eventually(() => echoed(page), good);
/** Resolves once the form can be sent: htmx frees its button only after it has shown the answer. */
const isFree = (page: Page) => shows(page, "#_echoed button:enabled", "Send");

test("comes back character by character, then the stream is closed and the form is free again", async () => {
  const page = await open();
  await send(page, TEXT);
  await shows(page, "#_echoed button", "Echoing");
  expect(await button(page).isDisabled()).toBe(true);
  const part = await until(page, (text) => text.length > 0);
  expect(TEXT.startsWith(part) && part.length < TEXT.length).toBe(true);
  // Neither can it be sent by the keyboard, nor is what is typed meanwhile lost.
  await page.locator("#_echo-text").fill("typed meanwhile");
  await page.locator("#_echo-text").press("Enter");
  await isFree(page);
  expect(await echoed(page)).toBe(TEXT);
  expect(await page.locator("#_echo-text").inputValue()).toBe("typed meanwhile");
  await eventually(
    () => server.broker.size,
    (size) => size === 0,
  );
  expect(server.requests.filter((request) => request === "POST /actions/echo")).toHaveLength(1);
  await page.locator("#_echo-text").press("Enter");
  await until(page, (text) => text === "typed meanwhile");
  await isFree(page);
  await screenshot(page, "echo");
});

test("two visitors at once never see each other's text", async () => {
  const [one, other] = [await open(), await open()];
  await Promise.all([send(one, "one ".repeat(8).trim()), send(other, "two ".repeat(8).trim())]);
  const seen: string[][] = [[], []];
  await eventually(
    async () => {
      for (const [i, page] of [one, other].entries()) seen[i]!.push(await echoed(page));
      return seen.map((texts) => texts.at(-1)!.length);
    },
    (lengths) => lengths.every((length) => length === 31),
  );
  expect(seen[0]!.every((text) => /^[one ]*$/.test(text))).toBe(true);
  expect(seen[1]!.every((text) => /^[two ]*$/.test(text))).toBe(true);
});

test("a reload midway goes on where it was", async () => {
  const page = await open();
  const text = "A brook that goes on while its page is loaded again, and then some more";
  await send(page, text);
  await until(page, (text) => text.length > 5);
  await page.reload();
  const after = await until(page, (text) => text.length > 5);
  expect(text.startsWith(after)).toBe(true);
  await isFree(page);
  expect(await echoed(page)).toBe(text);
});

test("what cannot be sent is refused with the reason, and the form stays free", async () => {
  chromium.allow(/422/);
  const page = await open();
  await send(page, " \u0007 ");
  await shows(page, "#_echo .refused", "The text is empty. Write something there.");
  await isFree(page);
  await send(page, "<b>x</b>");
  await isFree(page);
  await until(page, (text) => text === "<b>x</b>");
});

test("an echo that is long gone leaves a way to a new one", async () => {
  const page = await chromium.open(`${server.url}/echo?of=${"x".repeat(22)}`);
  await page.getByRole("link", { name: "Start afresh" }).click();
  await send(page, "again");
  await until(page, (text) => text === "again");
});

test("works without htmx: the form leads to the page of its echo", async () => {
  const body = new URLSearchParams({ text: "plain" });
  const response = await fetch(`${server.url}/actions/echo`, { method: "POST", body, redirect: "manual" });
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toMatch(/^\/echo\?of=[\w-]{22}$/);
  for (const [text, status] of [
    ["", 422],
    ["x".repeat(501), 422],
    ["x".repeat(300_000), 413],
  ] as const) {
    const refused = await fetch(`${server.url}/actions/echo`, { method: "POST", body: new URLSearchParams({ text }) });
    expect(refused.status).toBe(status);
  }
});
