/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../../src/engine/core/json.ts";
import { parseRegion } from "../../src/engine/core/region.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { normalised, normalisedHtml, opened, shows, useChromium } from "../support/browser.ts";
import { start, type TestServer, templates } from "../support/server.ts";

const LINES = Array.from({ length: 60 }, (_, i) => `<li>Line ${i}</li>`).join("");
/** What is looked at: each changes with some of the values `{ n, words, wide, at }`, or with none. */
const CARD = `<div class="all">
<p class="words">Words that stay as they are</p>
<p class="changes"><%= data.words %></p>
<button type="button">Press</button>
<div class="box"><ul>${LINES}</ul></div>
<svg viewBox="0 0 100 10"><rect class="bar" width="<%= data.wide %>" height="10"/><% for (const x of data.at) { %><circle class="dot" r="1" cx="<%= x %>"/><% } %></svg>
<button type="button" popovertarget="more">More</button><div id="more" popover>More of it</div>
<b class="n"><%= data.n %></b>
</div>`;

const chromium = useChromium();
let server: TestServer;

beforeAll(async () => {
  server = await start({
    views: templates({
      "widgets/card.eta": CARD,
      "widgets/anew.eta": `---\nswap: replace\n---\n${CARD.replace("more", "anew-more").replace('id="more"', 'id="anew-more"')}`,
      "widgets/loose.eta": "<b>Now</b> <i><%= data.n %></i> and <u><%= data.words %></u>",
      "pages/one.eta": '<%~ live("card") %><%~ live("loose") %>',
      "pages/two.eta": '<%~ live("anew") %>',
    }),
  });
});
afterAll(() => server.close());

const publish = (topic: string, data: Json) => server.broker.publish([{ topic: parseTopic(topic), data }]);
type Value = { n: number; words: string; wide: number; at: number[] };
const value = (n: number, more: Partial<Value> = {}): Value => ({ n, words: "a", wide: 10, at: [1, 2], ...more });

/** Opens a page that shows the first value. A box of it scrolls, and its bar takes its time. */
async function open(path: string, topic: string): Promise<Page> {
  await publish(topic, value(0));
  const page = await chromium.open(server.url + path);
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(".box { height: 80px; overflow: auto } .bar { transition: width 1000s linear }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  });
  await opened(page);
  return page;
}

const next = async (page: Page, topic: string, data: Value) => {
  await publish(topic, data);
  await shows(page, `#${topic} .n`, String(data.n));
};

/** What of a region is still as its reader left it. */
const kept = (page: Page) =>
  page.evaluate(() => {
    const { nodes, transition } = globalThis as unknown as { nodes: Element[]; transition: Animation };
    return {
      selected: String(getSelection()),
      focused: document.activeElement?.textContent,
      scrolled: document.querySelector(".box")!.scrollTop,
      popover: document.querySelector("[popover]")!.matches(":popover-open"),
      nodes: nodes.every((node) => node.isConnected),
      transition: document.querySelector(".bar")!.getAnimations().includes(transition) && transition.playState,
    };
  });

/** A reader selects some words, scrolls, opens what can be opened, presses a button; and the bar is on its way. */
async function use(page: Page, topic: string): Promise<void> {
  await next(page, topic, value(1, { wide: 90 }));
  await page.getByRole("button", { name: "More" }).click();
  await page.evaluate(() => {
    getSelection()!.selectAllChildren(document.querySelector(".words")!);
    document.querySelector(".box")!.scrollTop = 200;
    document.querySelector<HTMLElement>(".all button")!.focus();
    const nodes = [...document.querySelectorAll(".all, .all *")];
    Object.assign(globalThis, { nodes, transition: document.querySelector(".bar")!.getAnimations()[0] });
  });
}

test("an update leaves a reader's selection, focus, scroll, what is open and what is on its way as they are, and every node that stays", async () => {
  const page = await open("/one", "card");
  await use(page, "card");
  const untouched = { selected: "Words that stay as they are", focused: "Press", scrolled: 200, popover: true };
  expect(await kept(page)).toEqual({ ...untouched, nodes: true, transition: "running" });
  for (let n = 2; n < 6; n++) await next(page, "card", value(n, { wide: 90, words: `b${n}` }));
  expect(await kept(page)).toEqual({ ...untouched, nodes: true, transition: "running" });
  await next(page, "card", value(6, { at: [3, 4, 5], words: "<i>&" }));
  expect(await normalised(page, "#card")).toBe(normalisedHtml(await server.broker.html(parseRegion("card"))));
  expect(
    await page
      .locator("#card .dot")
      .last()
      .evaluate((dot) => dot.namespaceURI),
  ).toContain("/svg");
});

test("nothing in a part that did not change is touched", async () => {
  const page = await open("/one", "card");
  await next(page, "card", value(1));
  await page.evaluate(() => {
    const touched: string[] = [];
    Object.assign(globalThis, { touched });
    const observer = new MutationObserver((changes) =>
      touched.push(...changes.map(({ type, target }) => `${type} ${target.parentElement?.className}`)),
    );
    const all = { subtree: true, childList: true, characterData: true, attributes: true };
    // htmx takes classes of its own, of which there are none, from the outermost element.
    for (const part of document.querySelectorAll(".all > *")) observer.observe(part, all);
  });
  await next(page, "card", value(2));
  expect(await page.evaluate(() => (globalThis as unknown as { touched: string[] }).touched)).toEqual([
    "characterData n",
  ]);
});

test("a style that an extension of its reader's gave to an element is no fault of the page's when that is made anew", async () => {
  const page = await open("/two", "anew");
  await page.locator("#anew-more").evaluate((element) => {
    element.style.color = "red";
  });
  await publish("anew", value(1));
  await shows(page, "#anew .n", "1");
  expect(await page.locator("#anew-more").getAttribute("style")).toBeNull();
});

test("with swap: replace an update makes all anew", async () => {
  const page = await open("/two", "anew");
  await use(page, "anew");
  await next(page, "anew", value(2, { wide: 90 }));
  expect(await kept(page)).toMatchObject({ selected: "", popover: false, nodes: false, transition: false });
});

test("what has text beside its elements loses none of it", async () => {
  await publish("loose", value(1));
  const page = await chromium.open(`${server.url}/one`);
  await opened(page);
  for (let n = 2; n < 5; n++) {
    await publish("loose", value(n, { words: `w${n}` }));
    await shows(page, "#loose u", `w${n}`);
    expect(await page.locator("#loose").innerText()).toBe(`Now ${n} and w${n}`);
  }
});

test("the waiting state gives way to the first value, and a notice comes and goes", async () => {
  const page = await chromium.open(`${server.url}/two`);
  await opened(page);
  await server.broker.clear(parseTopic("anew"));
  await shows(page, "#anew", "Waiting for the first value");
  const other = await chromium.open(`${server.url}/one`);
  await opened(other);
  await server.broker.clear(parseTopic("card"));
  await shows(other, "#card", "Waiting for the first value");
  await publish("card", value(1));
  await shows(other, "#card .n", "1");
  await server.broker.stale(parseTopic("card"), "Its source is away.");
  await shows(other, "#card", "Its source is away.");
  expect(await normalised(other, "#card")).toBe(normalisedHtml(await server.broker.html(parseRegion("card"))));
  await publish("card", value(2));
  await shows(other, "#card .n", "2");
  expect(await normalised(other, "#card")).toBe(normalisedHtml(await server.broker.html(parseRegion("card"))));
});

test("what replacing and morphing take a page; both end alike", async () => {
  const page = await open("/one", "card");
  const row = (i: number, n: number) =>
    `<tr><td>${i}</td><td>${n}</td><td class="${n % 2 ? "odd" : "even"}">${2 * n}</td></tr>`;
  const tables = (changed: number) =>
    Array.from(
      { length: 40 },
      (_, at) => `<table>${Array.from({ length: 100 }, (_, i) => row(i, i < changed ? i + at : i)).join("")}</table>`,
    );
  const took = (swap: string, fragments: string[]) =>
    page.evaluate(
      ([swap, fragments]) => {
        const { htmx } = globalThis as unknown as { htmx: { swap(...args: unknown[]): void } };
        const region = document.getElementById("card")!;
        const times = fragments.map((html) => {
          const start = performance.now();
          const spec = { swapStyle: "none", swapDelay: 0, settleDelay: 0 };
          htmx.swap(document.body, `<hx-partial id=card hx-swap=${swap}>${html}</hx-partial>`, spec);
          document.body.getBoundingClientRect();
          return performance.now() - start;
        });
        return [times.sort((a, b) => a - b)[times.length / 2]!, region.innerText.length] as const;
      },
      [swap, fragments] as const,
    );
  for (const changed of [1, 100]) {
    const [[replaced, length], [morphed, same]] = [
      await took("innerHTML", tables(changed)),
      await took("morph:innerHTML", tables(changed)),
    ];
    console.log(
      `a table of 401 elements, ${changed} of 100 rows changed: replaced in ${replaced.toFixed(1)} ms, morphed in ${morphed.toFixed(1)} ms`,
    );
    expect(same).toBe(length);
  }
});
