/// <reference lib="dom" />
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Child } from "../faults/child.ts";
import { opened, shows, useChromium } from "../support/browser.ts";
import { blocksOf, section } from "../support/documents.ts";
import { copyProject } from "../support/folders.ts";

/** The code blocks of the document, in order: an action and its widget, then an action, the page of its form, and its widget. */
const [ACKNOWLEDGE, ALERTS, SIGN, GUESTBOOK, GUESTS] = blocksOf(section("Actions")).map(({ text }) => text);

let program: Child;
let origin: string;

beforeAll(async () => {
  const dir = copyProject(mkdtempSync(join(tmpdir(), "brooklet-actions-")));
  const files = {
    "src/actions/alerts/acknowledge.ts": ACKNOWLEDGE!,
    "views/widgets/alerts.eta": ALERTS!,
    "src/actions/guests/sign.ts": SIGN!,
    "views/widgets/guests.eta": GUESTS!,
    "views/pages/guests.eta": `${GUESTBOOK}<%~ live("alerts") %>`,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, path, ".."), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  program = new Child(join(dir, "src/index.ts"), [], { PORT: "0", LOG_URL: "memory:" }, dir);
  const [, port] = await program.said(/^Brooklet is at http:\/\/localhost:(\d+), /m);
  origin = `http://localhost:${port}`;
});
afterAll(() => program.kill());
beforeEach(async () => {
  for (const topic of ["guests", "alerts"]) await fetch(`${origin}/publish/${topic}`, { method: "DELETE" });
});
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const raise = (item: string, text: string) =>
  fetch(`${origin}/publish/alerts?item=${item}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
  });
async function open(options?: Parameters<typeof chromium.open>[1]): Promise<Page> {
  const page = await chromium.open(`${origin}/guests`, options);
  if (options?.javaScriptEnabled !== false) await opened(page);
  return page;
}
const guests = async () => {
  const { values } = (await (await fetch(`${origin}/topics/guests`)).json()) as { values: { data: unknown }[] };
  return values.map(({ data }) => data);
};
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute("name"));

test("an action that is three lines, and a line of template, take an alert off every page", async () => {
  expect(ACKNOWLEDGE!.split("\n").filter((line) => line !== "" && !line.startsWith("//"))).toHaveLength(2);
  await raise("pump", "The pump is hot");
  await raise("door", "The door is open");
  const [here, there, plain] = [await open(), await open(), await open({ javaScriptEnabled: false })];
  await here.locator("li", { hasText: "pump" }).getByRole("button").press("Enter");
  for (const page of [here, there]) {
    await expect.poll(() => page.locator("#alerts li").allInnerTexts()).toEqual([expect.stringContaining("door")]);
  }
  await plain.locator("li", { hasText: "door" }).getByRole("button").click();
  await shows(plain, "h1", "Guests");
  await expect.poll(() => there.locator("#alerts button").count()).toBe(0);
});

describe("a form of three fields", () => {
  test("is an action of at most twelve lines, and no hx- attribute written by hand", () => {
    expect(
      SIGN!.split("\n").filter((line) => line !== "" && !/^(?:\/\/|import )/.test(line)).length,
    ).toBeLessThanOrEqual(12);
    expect(GUESTBOOK).not.toMatch(/hx-|value=/);
  });

  test("by keyboard alone is refused with the focus on the first field that is wrong, and then taken", async () => {
    chromium.allow(/422/);
    const page = await open();
    await page.getByLabel("Name").focus();
    await page.keyboard.type("Grace");
    await page.keyboard.press("Tab");
    await page.keyboard.type("eighty");
    await page.keyboard.press("Tab");
    await page.keyboard.type("It compiles.");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("A number, please.").waitFor();
    await expect.poll(() => focused(page)).toBe("stars");
    expect(await page.getByLabel("Name").inputValue()).toBe("Grace");
    expect(await page.getByLabel("What you say").inputValue()).toBe("It compiles.");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("5");
    await page.keyboard.press("Enter");
    await shows(page, "#guests", "Grace: It compiles.");
    expect(await guests()).toEqual([{ name: "Grace", stars: 5, text: "It compiles." }]);
    await expect.poll(() => page.getByLabel("Name").inputValue()).toBe("");
    expect(await page.getByText("A number, please.").count()).toBe(0);
  });

  test.each([[true], [false]])("that is double-clicked is sent once (JavaScript: %s)", async (javaScriptEnabled) => {
    const page = await open({ javaScriptEnabled });
    await page.getByLabel("Name").fill("Grace");
    await page.getByLabel("Stars").fill("5");
    await page.getByLabel("What you say").fill("Twice?");
    await page.getByRole("button", { name: "Sign" }).dblclick();
    await shows(page, "#guests", "Twice?");
    await expect.poll(() => page.getByLabel("What you say").inputValue()).toBe("");
    await page.getByRole("button", { name: "Sign" }).click({ noWaitAfter: true }); // the second half of a slow one
    expect(await guests()).toHaveLength(1);
    expect(await page.locator(".unanswered, .refused").filter({ visible: true }).count()).toBe(0);
  });

  test("without JavaScript is refused in the same words, with the focus on the first field", async () => {
    chromium.allow(/422/);
    const page = await open({ javaScriptEnabled: false });
    await page.getByLabel("Name").fill("Grace");
    await page.getByLabel("Stars").fill("eighty");
    await page.getByLabel("What you say").fill("It <b>compiles</b>.");
    await page.getByRole("button", { name: "Sign" }).click();
    await page.getByText("A number, please.").waitFor();
    expect(await page.locator("[autofocus]").getAttribute("name")).toBe("stars");
    expect(await page.getByLabel("What you say").inputValue()).toBe("It <b>compiles</b>.");
    await page.getByLabel("Stars").fill("5");
    await page.getByRole("button", { name: "Sign" }).click();
    await shows(page, "#guests", "Grace: It <b>compiles</b>.");
  });
});
