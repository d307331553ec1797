/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMock } from "../../../src/mock/mock.ts";
import { eventually, opened, shows, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";
import { Upstream } from "../../support/upstream.ts";

let server: TestServer;
let upstream: Upstream;

beforeEach(async () => {
  upstream = new Upstream();
  server = await start({ chat: { fetch: upstream.fetch, roundMs: 50, leaveMs: 500 } });
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const LOG = ".talk";
const open = async () => {
  const page = await chromium.open(`${server.url}/chat`);
  await opened(page);
  return page;
};
/** Another tab of the same browser. */
const another = async (page: Page) => {
  const tab = await page.context().newPage();
  await tab.goto(`${server.url}/chat`);
  await shows(tab, ".alive", "Live");
  return tab;
};
const box = (page: Page) => page.getByRole("textbox", { name: "Your message", exact: true });
const lines = (page: Page) => page.getByLabel("Your message, several lines");
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
/** Presses Send, and resolves once that is sent. */
const send = async (page: Page) => {
  // What is typed is kept in every pause; where Send comes while that is under way, it is given up, and htmx says so.
  chromium.allow(/^console: htmx:(sendAbort|afterRequest), \[object HTML(Input|TextArea)Element\]$/);
  const sent = () => server.requests.filter((request) => request === "POST /actions/chat/send").length;
  const before = sent();
  await button(page, "Send").dispatchEvent("click");
  await eventually(
    async () => sent(),
    (now) => now > before,
  );
};
const say = async (page: Page, text: string) => {
  await box(page).fill(text);
  await send(page);
  await shows(page, ".you", text);
  // The answer empties the box: what is typed before it has come would go with it.
  await expect.poll(() => box(page).inputValue()).toBe("");
};
const free = (page: Page) => page.locator(".say button:not([aria-disabled])", { hasText: "Send" }).waitFor();
/** The same server with the mock behind its chat. */
const mocked = async () => {
  await server.close();
  const fetch = createMock({ ttftMs: 10, tokensPerSecond: 400, seed: 5 });
  server = await start({ chat: { fetch, limits: { stallMs: 500 } } });
};

test("an answer grows in every tab, goes on after a reload, and frees the form at its end", async () => {
  const page = await open();
  const tab = await another(page);
  await say(page, "What is a brook?");
  const asked = await upstream.nth(1);
  expect(await box(page).inputValue()).toBe("");
  asked.say("# Brooks\n\nA **small");
  for (const one of [page, tab]) {
    await shows(one, `${LOG} h3`, "Brooks");
    await shows(one, `${LOG} .open`, "A **small");
    await button(one, "Stop").waitFor();
  }
  await tab.reload();
  await shows(tab, `${LOG} .open`, "A **small");
  asked.say("** stream.\n\n- one\n- two");
  asked.end();
  for (const one of [page, tab]) {
    await free(one);
    await shows(one, `${LOG} strong`, "small");
    expect(await one.locator(`${LOG} li`).allTextContents()).toEqual(["one", "two"]);
    expect(await one.locator(".open").count()).toBe(0);
  }
  // Said once, at its end, and from nowhere that grew.
  expect(await page.locator(".hidden[role=status]").textContent()).toContain("Brooks A small stream. one two");
  expect(await page.getByRole("log").getAttribute("aria-live")).toBe("off");
});

test("Enter sends what is typed in the line, and the focus stays there", async () => {
  const page = await open();
  await box(page).pressSequentially("What is a brook?");
  await page.keyboard.press("Enter");
  await shows(page, ".you", "What is a brook?");
  expect((await upstream.nth(1)).messages).toEqual([{ role: "user", content: "What is a brook?" }]);
  await expect.poll(() => box(page).inputValue()).toBe("");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("_chat-text");
});

test("several lines are typed where Enter begins one, and sent with the line above them, if there is one", async () => {
  const page = await open();
  expect(await lines(page).isVisible()).toBe(false);
  await page.getByRole("checkbox", { name: "Several lines" }).press("Space");
  expect(await box(page).isVisible()).toBe(false);
  await lines(page).pressSequentially("one\ntwo");
  await send(page);
  const asked = await upstream.nth(1);
  expect(asked.messages).toEqual([{ role: "user", content: "one\ntwo" }]);
  asked.say("Well.");
  asked.end();
  await free(page);
  await expect.poll(() => lines(page).inputValue()).toBe("");
  await page.getByRole("checkbox", { name: "Several lines" }).press("Space");
  await box(page).fill("What is this?");
  await page.getByRole("checkbox", { name: "Several lines" }).press("Space");
  await lines(page).fill("a = 1\nb = 2");
  await box(page).press("Enter");
  expect((await upstream.nth(2)).messages.at(-1)).toEqual({ role: "user", content: "What is this?\na = 1\nb = 2" });
});

test("Enter while an answer is written sends nothing, and what is typed stays", async () => {
  const page = await open();
  await say(page, "hi");
  const asked = await upstream.nth(1);
  await button(page, "Stop").waitFor();
  await box(page).fill("and?");
  await box(page).press("Enter");
  asked.say("Well.");
  asked.end();
  await free(page);
  expect(await box(page).inputValue()).toBe("and?");
  await box(page).press("Enter");
  expect((await upstream.nth(2)).messages.at(-1)).toEqual({ role: "user", content: "and?" });
});

test("that it is being answered is said where the answer will be, and a suggestion is asked by its button", async () => {
  const page = await open();
  await page.getByRole("button", { name: "/table" }).click();
  await shows(page, ".you", "/table");
  const asked = await upstream.nth(1);
  const below = async (one: string, other: string) =>
    page.evaluate(
      ([one, other]) => {
        const top = (selector: string) => document.querySelector(selector)!.getBoundingClientRect().top;
        return top(one!) > top(other!);
      },
      [one, other],
    );
  await shows(page, `${LOG} .busy`, "Answering");
  expect(await below(".busy", ".you")).toBe(true);
  asked.say("Well.");
  await shows(page, ".it", "Well.");
  expect(await below(".busy", ".it")).toBe(true);
  asked.end();
  await free(page);
  expect(await page.locator(".busy").count()).toBe(0);
});

test("what it thought stays open where one has opened it, while the answer grows below it", async () => {
  const page = await open();
  await say(page, "hi");
  const asked = await upstream.nth(1);
  asked.think("Let me see.");
  await shows(page, ".thinks", "Thinking…");
  asked.say("It is");
  await shows(page, ".open", "It is");
  await page.locator(".thinks summary").click();
  for (const more of [" 42", ", as", ` ever.\n\n${"And so on. ".repeat(30)}\n\nThe end`]) {
    asked.say(more);
    await shows(page, LOG, more.split("\n").at(-1)!);
  }
  asked.end();
  await free(page);
  expect(await page.locator(".thinks p").isVisible()).toBe(true);
  await shows(page, ".thinks p", "Let me see.");
});

test("a tool that it asks for is shown by its name, and folded with what; that there is none as a failure", async () => {
  await mocked();
  const page = await open();
  await say(page, "/call the sea");
  await shows(page, "details summary", "Asked for look_up");
  await shows(page, ".note.failed", "asked for a tool");
  expect(await page.locator(".thinks pre").isVisible()).toBe(false);
  await page.locator(".thinks summary").click();
  await shows(page, ".thinks pre", '"query": "the sea"');
});

test("whoever has scrolled up is shown the way to the newest line, and is held there again as the answer goes on", async () => {
  const page = await open();
  await say(page, "hi");
  const asked = await upstream.nth(1);
  const way = page.getByRole("link", { name: "Newest line" });
  const fromEnd = () => page.locator(LOG).evaluate((talk) => Math.abs(talk.scrollTop));
  asked.say("The first.\n\n");
  await shows(page, ".it", "The first.");
  expect(await way.isVisible()).toBe(false);
  asked.say("More of it, and more, in lines of their own.\n\n".repeat(60));
  await shows(page, ".it >> nth=-1", "More of it");
  await expect.poll(() => page.locator(LOG).evaluate((talk) => talk.scrollHeight > 2 * talk.clientHeight)).toBe(true);
  expect(await way.isVisible()).toBe(false);
  await page.locator(LOG).hover();
  await page.mouse.wheel(0, -600);
  await way.waitFor();
  const above = await fromEnd();
  asked.say("Further down.\n\n".repeat(20));
  await shows(page, ".it >> nth=-1", "Further down.");
  await expect.poll(fromEnd).toBeGreaterThan(above);
  await way.click();
  await expect.poll(fromEnd).toBeLessThan(2);
  await way.waitFor({ state: "hidden" });
  asked.say("The end.\n\n".repeat(20));
  asked.end();
  await free(page);
  expect(await fromEnd()).toBeLessThan(2);
});

test("an answer in several blocks can be copied as it was written: as text a click selects all of it", async () => {
  const page = await open();
  await say(page, "What is a <brook>?");
  const asked = await upstream.nth(1);
  const answer = `# Brooks\n\n${"A **small** stream. ".repeat(20)}\n\n\`\`\`js\n${"const a = 1;\n".repeat(40)}\`\`\`\n\nThe end.`;
  asked.say(answer);
  asked.end();
  await free(page);
  expect(await page.locator(".it").count()).toBeGreaterThan(3);
  await page.getByRole("link", { name: "As text" }).click();
  await shows(page, ".written h2", "What is a <brook>?");
  await page.locator(".written code").click();
  expect(await page.evaluate(() => String(getSelection()))).toBe(answer);
  await page.getByRole("link", { name: "Back to the conversation" }).click();
  await shows(page, ".it h3", "Brooks");
});

test("the model that is chosen answers, stays chosen, and is the conversation's after a reload", async () => {
  await server.close();
  server = await start({ chat: { fetch: upstream.fetch, models: ["small", "large"] } });
  const page = await open();
  const choice = page.getByRole("combobox", { name: "Model" });
  expect(await choice.inputValue()).toBe("small");
  await choice.selectOption("large");
  for (const n of [1, 2]) {
    await say(page, `question ${n}`);
    const asked = await upstream.nth(n);
    expect(asked.model).toBe("large");
    asked.say("Well.");
    asked.end();
    await free(page);
  }
  expect(await choice.inputValue()).toBe("large");
  await page.reload();
  await opened(page);
  expect(await choice.inputValue()).toBe("large");
});

test("Stop ends the answer, and what there is of it stays; Send keeps the focus and never is Stop", async () => {
  const page = await open();
  await box(page).fill("hi");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const asked = await upstream.nth(1);
  asked.say("Half an");
  await shows(page, LOG, "Half an");
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("_chat-text");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Stop");
  await page.keyboard.press("Enter");
  await shows(page, ".note", "Stopped.");
  await eventually(() => asked.aborted, Boolean);
  await free(page);
  await shows(page, LOG, "Half an");
});

test("a failure is said in the conversation as one, and Try again asks again", async () => {
  const page = await open();
  upstream.reply = () => Response.json({ error: { message: "no" } }, { status: 429 });
  await say(page, "hi");
  await shows(page, ".note.failed", "asked too much");
  upstream.reply = undefined;
  await button(page, "Try again").click();
  const asked = await upstream.nth(2);
  asked.say("Well.");
  asked.end();
  await shows(page, ".it", "Well.");
  await free(page);
  expect(await page.locator(".note").count()).toBe(0);
  expect(await page.locator(".you").count()).toBe(1);
});

test("by keyboard: after Stop and Try again the focus is where one was, whatever becomes of the answer", async () => {
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
  const page = await open();
  await say(page, "hi");
  await upstream.nth(1);
  await button(page, "Stop").press("Enter");
  await shows(page, ".note", "Stopped.");
  await free(page);
  await expect.poll(focused).toBe("Ready");
  await page.keyboard.press("Tab");
  await expect.poll(focused).toBe("Send");
  upstream.reply = () => Response.json({ error: { message: "no" } }, { status: 500 });
  await say(page, "again");
  await button(page, "Try again").waitFor();
  upstream.reply = undefined;
  await button(page, "Try again").press("Enter");
  const asked = await upstream.nth(3);
  await expect.poll(focused).toBe("Answering");
  for (const _ of ["the switch", "the line", "Stop"]) await page.keyboard.press("Tab");
  await expect.poll(focused).toBe("Stop");
  asked.say("Well.");
  asked.end();
  await free(page);
  await expect.poll(focused).toBe("Ready");
});

test("what is typed and not sent is there after a reload", async () => {
  const page = await open();
  const kept = page.waitForResponse("**/chat/draft?*");
  await box(page).fill("a long thought");
  await kept;
  await page.reload();
  await opened(page);
  expect(await box(page).inputValue()).toBe("a long thought");
  const keptAll = page.waitForResponse("**/chat/draft?*");
  await page.getByRole("checkbox", { name: "Several lines" }).press("Space");
  await lines(page).fill("of two lines");
  await keptAll;
  await page.reload();
  await opened(page);
  expect(await lines(page).inputValue()).toBe("a long thought\nof two lines");
  await button(page, "Send").click();
  await shows(page, ".you", "a long thought");
  await expect.poll(() => lines(page).inputValue()).toBe("");
  await page.reload();
  await opened(page);
  expect(await box(page).inputValue()).toBe("");
  expect(await lines(page).inputValue()).toBe("");
});

test("what is typed while an answer grows stays as it is, with its caret", async () => {
  const page = await open();
  await say(page, "hi");
  const asked = await upstream.nth(1);
  await expect.poll(() => box(page).inputValue()).toBe("");
  await box(page).focus();
  const typed = "while it answers, I write on";
  const typing = page.keyboard.type(typed, { delay: 15 });
  for (let i = 0; i < 25; i++) {
    asked.say(`word ${i}. `);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  asked.end();
  await typing;
  await free(page);
  expect(await box(page).inputValue()).toBe(typed);
  expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).selectionStart)).toBe(typed.length);
});

test("New conversation leads to another, the list back, and Delete, asked for twice, takes one from every tab", async () => {
  const page = await open();
  await say(page, "What is a brook?");
  const asked = await upstream.nth(1);
  asked.say("A small stream.");
  asked.end();
  await shows(page, "h1", "What is a brook?");
  const tab = await another(page);
  await page.getByRole("link", { name: "New conversation" }).click();
  await opened(page);
  await page.getByText("What would you like to know?").waitFor();
  await shows(page, "h1", "New conversation");
  await say(page, "And a river?");
  for (const one of [page, tab]) {
    const list = one.getByRole("navigation", { name: "Conversations" }).getByRole("link");
    await expect.poll(() => list.allTextContents()).toEqual(["New conversation", "And a river?", "What is a brook?"]);
  }
  await page.getByRole("link", { name: "What is a brook?" }).click();
  await shows(page, ".it", "A small stream.");
  await shows(page, "[aria-current=page]", "What is a brook?");
  await page.locator("summary", { hasText: "Delete" }).click();
  await button(page, "Delete it").click();
  await shows(page, "h1", "And a river?");
  await tab.getByText("What would you like to know?").waitFor();
  await expect.poll(() => tab.locator(".past li").allTextContents()).toEqual(["And a river?"]);
});

test("the last question can be asked anew, and the page goes on from there", async () => {
  const page = await open();
  await say(page, "What is a brok?");
  const first = await upstream.nth(1);
  first.say("No idea.");
  first.end();
  await free(page);
  await page.getByRole("link", { name: "Edit" }).click();
  await opened(page);
  expect(await box(page).inputValue()).toBe("What is a brok?");
  await box(page).fill("What is a brook?");
  await box(page).press("Enter");
  const asked = await upstream.nth(2);
  expect(asked.messages).toEqual([{ role: "user", content: "What is a brook?" }]);
  asked.say("A small stream.");
  asked.end();
  await shows(page, ".it", "A small stream.");
  await free(page);
  expect(await page.locator(".you").count()).toBe(1);
  expect(await page.locator(".editing").count()).toBe(0);
  expect(await box(page).inputValue()).toBe("");
});

test("a message that is empty or too long is refused at the form, with what was typed", async () => {
  const page = await open();
  chromium.allow(/422|413/);
  await box(page).fill("  ");
  await send(page);
  await shows(page, ".say .refused", "Write something first.");
  const long = "long ".repeat(2_000);
  await box(page).fill(long);
  await send(page);
  await shows(page, ".say .refused", "at most 8 KiB");
  expect(await box(page).inputValue()).toBe(long);
  await say(page, "short");
  await expect.poll(() => page.locator(".say .refused").count()).toBe(0);
});

test("a double click on Send is one message, and nothing is refused", async () => {
  const page = await open();
  await box(page).fill("hi");
  await button(page, "Send").dblclick({ force: true });
  const asked = await upstream.nth(1);
  asked.say("Well.");
  asked.end();
  await shows(page, ".it", "Well.");
  await free(page);
  expect(await page.locator(".you").count()).toBe(1);
  expect(await page.locator(".say .refused").count()).toBe(0);
  expect(upstream.asked).toHaveLength(1);
});

test("a second message from a tab that did not know is refused, and kept", async () => {
  const page = await open();
  chromium.allow(/409/);
  // The other tab hears of nothing: neither by its stream, nor as it asks for one and is told what is new.
  await page.context().route(/\/(events|stream)\?/, (route) => route.abort());
  chromium.allow(/ERR_FAILED|EventSource/);
  const deaf = await page.context().newPage();
  await deaf.goto(`${server.url}/chat`);
  await say(page, "one");
  await upstream.nth(1);
  await box(deaf).fill("two");
  await deaf.locator("#_pulse .lost").waitFor(); // which hides no button
  await button(deaf, "Send").click();
  await shows(deaf, ".say .refused", "still being answered");
  expect(await box(deaf).inputValue()).toBe("two");
});

test("an answer whose reader has left for good is stopped", async () => {
  const page = await open();
  await say(page, "hi");
  const asked = await upstream.nth(1);
  await page.context().close();
  await eventually(() => asked.aborted, Boolean, 15_000);
});

test("each scripted failure of the mock is said, and each showpiece shown", async () => {
  await mocked();
  const page = await open();
  for (const [script, reason] of [
    ["/error 429", "429"],
    ["/error 500", "500"],
    ["/cut", "middle of its answer"],
    ["/stall", "stopped in the middle"],
  ] as const) {
    await say(page, script);
    await page.locator(".note").last().filter({ hasText: reason }).waitFor();
    await button(page, "Try again").waitFor();
  }
  await say(page, "/table");
  await page.locator(`${LOG} td`).first().waitFor();
  await free(page);
  await say(page, "/code");
  await page.locator(`${LOG} pre[data-language]`).first().waitFor();
  await free(page);
  await say(page, "/html");
  await free(page);
  await shows(page, LOG, "<script>");
  expect(await page.locator(`.lines :is(script, img, iframe, form, [onclick], [onerror], [hx-get])`).count()).toBe(0);
  const links = await page.locator(`${LOG} a`).evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).protocol));
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter((protocol) => !/^(https?|mailto):$/.test(protocol))).toEqual([]);
});

test("on a desk what is typed stays in the window however long the conversation is", async () => {
  await mocked();
  const page = await open();
  for (const text of ["/code", "/table", "/code"]) {
    await say(page, text);
    await free(page);
  }
  expect(await page.evaluate(() => document.querySelector(".talk")!.scrollHeight)).toBeGreaterThan(800);
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(800);
  expect(await page.locator(".say").evaluate((say) => say.getBoundingClientRect().bottom)).toBeLessThan(800);
});

test("on a phone nothing is wider than the page, and the newest line is in view", async () => {
  await mocked();
  const page = await open();
  await page.setViewportSize({ width: 390, height: 780 });
  await say(page, "/code");
  await free(page);
  await say(page, "/table");
  await free(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await expect
    .poll(() =>
      page.evaluate(() => {
        const last = document.querySelector(".it:last-child")!.getBoundingClientRect();
        return last.bottom <= document.querySelector(".say")!.getBoundingClientRect().top + 1;
      }),
    )
    .toBe(true);
});
