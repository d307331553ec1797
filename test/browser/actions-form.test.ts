/// <reference lib="dom" />
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import Router from "@koa/router";
import Koa from "koa";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { headers } from "../../src/engine/http/middleware/headers.ts";
import { assetsRoutes } from "../../src/engine/http/routes/assets.ts";
import { Assets } from "../../src/engine/views/assets.ts";
import type { RefusedForm } from "../../src/engine/views/forms/form-answer.ts";
import { formAgain } from "../../src/engine/views/forms/forms.ts";
import type { Views } from "../../src/engine/views/views.ts";
import { eventually, useChromium } from "../support/browser.ts";
import { FIXTURES } from "../support/folders.ts";
import { region, sight, viewsOf } from "../support/views.ts";

const NOTE = `<form <%~ action("note") %> class="compose rows">
<div><label for="_title">Title</label> <input id="_title" name="title"></div>
<div><label for="_text">Text</label> <textarea id="_text" name="text"></textarea></div>
<div><label for="_kind">Kind</label> <select id="_kind" name="kind"><option>a</option><option>b</option></select></div>
<label class="check"><input type="checkbox" name="friend"> A friend</label>
<div class="field"><label>Place <input name="place" maxlength="40"></label><button>Add</button></div>
</form>`;

/** Answers forms as the server does, with what the test says of them. */
let views: Views;
let server: Server;
let origin: string;
/** The bodies of the forms that came. */
let sent: URLSearchParams[];
/** Why the forms that come now are refused: by their fields, or as "" by none. */
let refuses: Record<string, string> | undefined;
/** What the answers wait for. */
let held: Promise<unknown> | undefined;

beforeEach(async () => {
  [sent, refuses, held] = [[], undefined, undefined];
  const assets = new Assets(FIXTURES.public);
  views = viewsOf(
    {
      "layout.eta": readFileSync(join(FIXTURES.views, "layout.eta"), "utf8"),
      "pages/index.eta": `<div class="board"><section class="card wide"><h2>Note</h2>${NOTE}</section></div>`,
      "pages/buttons.eta":
        '<form <%~ action("turn", { sync: "replace" }) %>><button name="do" value="start">Start</button><button name="do" value="stop">Stop</button></form>',
      "pages/alert.eta": `${"<p>A line.</p>".repeat(80)}<%~ still("alert") %>`,
      "widgets/alert.eta": '<form <%~ action("seen") %>><button name="id" value="<%= data %>">Seen</button></form>',
    },
    (name) => assets.url(name),
  );
  const shown = { fill: async () => "", still: async () => views.fragment(region("alert"), sight(7)) };
  const router = new Router();
  assetsRoutes(router, () => assets);
  router.get("/:page", async (ctx) => {
    ctx.type = "html";
    ctx.body = await views.page(ctx.params.page!, { ...shown, cursor: "c" });
  });
  router.post(/^\/actions\/(\w+)$/, async (ctx) => {
    const typed = new URLSearchParams(await text(ctx.req));
    sent.push(typed);
    await held;
    const { "": form, ...fields } = refuses ?? {};
    const refused: RefusedForm | undefined = refuses && { typed, fields, form };
    const action = ctx.path.split("/")[2]!;
    const page = { note: "index", turn: "buttons", seen: "alert" }[action]!;
    const place = { action, index: 0 };
    ctx.status = refused === undefined ? 200 : 422;
    ctx.type = "html";
    if (typed.has("_widget")) ctx.body = views.told() + views.refused(form ?? "");
    else if (ctx.get("HX-Request") !== "") ctx.body = formAgain(views.form(page, {}, place, refused)!);
    else if (refused === undefined) {
      ctx.status = 303;
      ctx.redirect(`/${page}`);
    } else ctx.body = await views.page(page, { ...shown, cursor: "c", form: { place, refused } });
  });
  const app = new Koa().use(headers([])).use(router.routes());
  server = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
});
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

/** Resolves once the n-th answer is on the page. */
const answered = (page: Page, n: number) =>
  eventually(
    () => page.evaluate(() => (globalThis as unknown as { answers: number }).answers),
    (answers) => answers >= n,
  );
/** Opens a page that counts the answers which are put in place. */
async function open(name: string): Promise<Page> {
  const page = await chromium.open(`${origin}/${name}`);
  await page.evaluate(() => {
    Object.assign(globalThis, { answers: 0 });
    document.addEventListener("htmx:afterRequest", (event) => {
      const { requestConfig } = (event as CustomEvent<{ requestConfig: { verb: string } }>).detail;
      if (requestConfig.verb === "post") (globalThis as unknown as { answers: number }).answers++;
    });
  });
  return page;
}
/** What has the focus: its name, or the text of a button. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLInputElement;
    return element.name || element.textContent;
  });
const refusal = (page: Page) => page.locator("form .refusal .refused");

describe("a form that is typed into, with the keyboard alone,", () => {
  test("comes back with what was typed, each reason beside its field, and the focus on the first; then it is taken", async () => {
    chromium.allow(/status of 422|Response Status Error/);
    const page = await open("index");
    await page.keyboard.press("Tab"); // the link that skips
    await page.locator("#_title").focus();
    await page.keyboard.type("A <title>");
    await page.keyboard.press("Tab");
    await page.keyboard.type("\n\nlines\n");
    await page.keyboard.press("Tab");
    await page.keyboard.type("b");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.type("here");
    refuses = { place: "Not here.", text: "Too long.", friend: "Not a friend." };
    await page.keyboard.press("Enter");
    await answered(page, 1);

    await page.locator("#_text:focus").waitFor();
    expect(await page.locator("#_title").inputValue()).toBe("A <title>");
    expect(await page.locator("#_text").inputValue()).toBe("\n\nlines\n");
    expect(await page.locator("#_kind").inputValue()).toBe("b");
    expect(await page.getByRole("checkbox", { name: "A friend" }).isChecked()).toBe(true);
    expect(await page.getByLabel("Place").inputValue()).toBe("here");
    const described = await page.getByRole("textbox", { name: "Text", description: "Too long." }).count();
    expect([described, await page.locator("[aria-invalid=true]").count()]).toEqual([1, 3]);
    expect(await refusal(page).count()).toBe(0);

    // Enter where a line is typed, in a field whose author gave it no id.
    refuses = { "": "Not now." };
    await page.getByLabel("Place").focus();
    await page.keyboard.press("Enter");
    await answered(page, 2);
    expect(await page.getByRole("alert").filter({ hasText: "Not now." }).count()).toBe(1);
    expect(await focused(page)).toBe("place");
    expect(await page.locator("[aria-invalid]").count()).toBe(0);

    refuses = undefined;
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await answered(page, 3);
    expect(await focused(page)).toBe("Add");
    expect(await page.getByLabel("Place").inputValue()).toBe("");
    expect(await page.locator("#_title").inputValue()).toBe("");
    expect(await page.getByRole("checkbox", { name: "A friend" }).isChecked()).toBe(false);
    expect(await refusal(page).count()).toBe(0);
    expect(new Set(sent.map((fields) => fields.get("_once"))).size).toBe(3);
    expect(page.url()).toBe(`${origin}/index`);
  });

  test("goes on in its field after what was taken", async () => {
    const page = await open("index");
    await page.getByLabel("Place").fill("here");
    await page.keyboard.press("Enter");
    await answered(page, 1);
    await page.keyboard.type("and there");
    expect(await page.getByLabel("Place").inputValue()).toBe("and there");
  });
});

test("a form sends the regions that its page has, which stand outside of it", async () => {
  const page = await open("index");
  await page.getByRole("button", { name: "Add" }).click();
  await answered(page, 1);
  expect([...sent[0]!.keys()]).toEqual(expect.arrayContaining(["title", "_once", "_regions"]));
});

test("pressed again while it is under way, it is sent once, and never by the browser itself", async () => {
  const page = await open("index");
  const press = () =>
    page.evaluate(async () => {
      const form = document.querySelector("form")!;
      const event = new SubmitEvent("submit", { bubbles: true, cancelable: true });
      form.dispatchEvent(event);
      return event.defaultPrevented;
    });
  let answer = () => {};
  held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  expect(await press()).toBe(true);
  expect(await press()).toBe(true);
  const first = page.waitForResponse(/actions/);
  answer();
  await first;
  await eventually(
    () => page.locator("[name=_once]").inputValue(),
    (once) => once !== sent[0]!.get("_once"),
  );
  const second = page.waitForResponse(/actions/);
  expect(await press()).toBe(true);
  await second;
  expect(sent).toHaveLength(2);
});

test("of several buttons the last that is pressed counts, even while another is under way", async () => {
  chromium.allow(/htmx:(sendAbort|afterRequest)/);
  const page = await open("buttons");
  held = new Promise(() => {});
  await page.getByRole("button", { name: "Start" }).click();
  await eventually(
    () => sent.length,
    (n) => n === 1,
  );
  held = undefined;
  await page.getByRole("button", { name: "Stop" }).click();
  await eventually(
    () => sent.map((fields) => fields.get("do")),
    (pressed) => pressed.join() === "start,stop",
  );
  await answered(page, 2); // the first ends as it is given up
  expect(await focused(page)).toBe("do");
  expect(await page.getByRole("button", { name: "Stop" }).evaluate((it) => it === document.activeElement)).toBe(true);
});

test("a button in a region that is refused says so where it is seen from everywhere, until one is taken", async () => {
  chromium.allow(/status of 422|Response Status Error/);
  const page = await open("alert");
  refuses = { "": "It was seen already." };
  await page.getByRole("button", { name: "Seen" }).press("Enter");
  await answered(page, 1);
  expect(Object.fromEntries(sent[0]!)).toMatchObject({ _widget: "alert", id: "7", _regions: "" });
  const said = page.getByRole("alert").filter({ hasText: "It was seen already." });
  expect(await page.evaluate(() => scrollY)).toBeGreaterThan(0);
  await expect.poll(() => said.evaluate((it) => it.getBoundingClientRect().top)).toBe(0);
  refuses = undefined;
  await page.getByRole("button", { name: "Seen" }).press("Enter");
  await answered(page, 2);
  expect(await said.count()).toBe(0);
});

describe("without JavaScript", () => {
  const open = (name: string) => chromium.open(`${origin}/${name}`, { javaScriptEnabled: false });

  test("a form comes back on its page, with what was typed, the reasons, and the focus on the first; then it is taken", async () => {
    chromium.allow(/status of 422/);
    const page = await open("index");
    await page.locator("#_title").fill("A title");
    await page.locator("#_text").fill("lines\n");
    refuses = { text: "Too long.", "": "Not now." };
    await page.getByRole("button", { name: "Add" }).click();
    await page.locator("[aria-invalid=true]").waitFor();
    expect(await page.locator("#_title").inputValue()).toBe("A title");
    expect(await page.locator("#_text").inputValue()).toBe("lines\n");
    expect(await page.getByRole("textbox", { name: "Text", description: "Too long." }).count()).toBe(1);
    expect(await refusal(page).textContent()).toBe("Not now.");
    await page.locator("#_text:focus").waitFor();
    refuses = undefined;
    await page.getByRole("button", { name: "Add" }).click();
    await page.waitForURL(`${origin}/index`);
    expect(await page.locator("#_title").inputValue()).toBe("");
  });
});
