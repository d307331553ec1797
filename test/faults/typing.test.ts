/// <reference lib="dom" />
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseItem, parseTopic } from "../../src/engine/core/topic.ts";
import { opened, streamed, useChromium } from "../support/browser.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { start, type TestServer, templates } from "../support/server.ts";

const LONG = process.env.LONG === "1";
const ROUNDS = LONG ? 20 : 3;
const PER_SECOND = 50;

const FORM = `<form><label>One line <input id="_line" name="line"></label>
<label>Several <textarea id="_text" name="text"></textarea></label></form>`;

const VIEWS = {
  "widgets/value.eta": '<b><%= data %></b> <a href="#">a link</a> <input aria-label="not yours">',
  "widgets/list.eta": '---\nkind: log\nkeep: 20\n---\n<li id="<%= id %>"><%= data %> <button>a button</button></li>',
  // Above, beside and below what is typed into.
  "pages/desk.eta": `<h1>Desk</h1><%~ live("value") %>${FORM}<%~ live("list") %>`,
};

const chromium = useChromium();
let server: TestServer;
let proxy: FaultyProxy;
beforeAll(async () => {
  server = await start({ views: templates(VIEWS) });
  proxy = await FaultyProxy.open(server.port);
});
afterAll(async () => {
  await proxy.close();
  await server.close();
});

const title = `typing beside live regions is never disturbed, at ${PER_SECOND} updates a second`;
test(title, { timeout: ROUNDS * 60_000 }, async () => {
  chromium.allow(/net::ERR_CONNECTION_RESET|net::ERR_INCOMPLETE|\[object Event\]/); // the stream that is cut, below
  const page = await chromium.open(`${proxy.origin}/desk`);
  await opened(page);
  const publishing = publish();
  const began = performance.now();
  const sum = { keystrokes: 0, lost: 0, blurred: 0, moved: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    for (const field of ["#_line", "#_text"]) {
      const told = await type(page, field, round);
      for (const key of ["keystrokes", "lost", "blurred", "moved"] as const) sum[key] += told[key];
    }
  }
  const seconds = (performance.now() - began) / 1000;
  const published = await publishing.stop();
  const { message, open } = await streamed(page);
  console.log(
    `typing: ${sum.keystrokes} keystrokes beside ${published} updates (${Math.round(published / seconds)}/s, ` +
      `${message} swaps, ${open} streams): lost ${sum.lost}, focus lost ${sum.blurred}, caret moved ${sum.moved}`,
  );
  expect(sum).toMatchObject({ lost: 0, blurred: 0, moved: 0 });
  expect(message).toBeGreaterThan(10 * ROUNDS); // what comes together may be swapped in together
  expect(open).toBeGreaterThan(ROUNDS); // each cut was felt
});

/** Types a text, then a word into its middle, while the stream is cut once. @returns what went wrong */
async function type(page: Page, field: string, round: number) {
  const [head, tail, word] = [
    `Round ${round}: the quick brown fox jumps over `,
    "the lazy dog, again.",
    "and right past ",
  ];
  await page.evaluate(watch, field);
  await page.locator(field).fill("");
  await page.locator(field).focus();
  await page.keyboard.type(head, { delay: 10 });
  proxy.reset();
  await page.keyboard.type(tail, { delay: 20 });
  for (const _ of tail) await page.keyboard.press("ArrowLeft");
  await page.keyboard.type(word, { delay: 20 });
  const { value, caret, blurs, focused } = await page.evaluate(read, field);
  const expected = head + word + tail;
  return {
    keystrokes: expected.length + tail.length,
    lost: [...expected].filter((letter, i) => value[i] !== letter).length + Math.max(0, value.length - expected.length),
    blurred: blurs + (focused ? 0 : 1),
    moved: caret === (head + word).length ? 0 : 1,
  };
}

/** Runs in the page: counts how often a field loses its focus from now on. */
function watch(field: string): void {
  const blurs = { count: 0 };
  Object.assign(globalThis, { blurs });
  document.querySelector(field)!.addEventListener("blur", () => blurs.count++);
}

function read(field: string) {
  const element = document.querySelector<HTMLInputElement | HTMLTextAreaElement>(field)!;
  return {
    value: element.value,
    caret: element.selectionStart,
    blurs: (globalThis as unknown as { blurs: { count: number } }).blurs.count,
    focused: document.activeElement === element,
  };
}

/** Each kind of change in turn, until it is stopped. */
function publish() {
  const [value, list, item] = [parseTopic("value"), parseTopic("list"), parseItem("one")];
  const { broker } = server;
  const changes = [
    (n: number) => broker.publish([{ topic: value, data: n }]),
    (n: number) => broker.publish([{ topic: list, data: n }]),
    (n: number) => broker.publish([{ topic: list, data: n, item }]),
    () => broker.remove(list, item),
  ];
  let n = 0;
  const began = performance.now();
  const done: Promise<string>[] = [];
  const timer = setInterval(() => {
    const due = ((performance.now() - began) / 1000) * PER_SECOND;
    for (; n < due; n++) {
      done.push(n % 1_000 === 999 ? broker.clear(list) : changes[n % changes.length]!(n));
    }
  }, 5);
  return {
    /** @returns how many were published */
    async stop(): Promise<number> {
      clearInterval(timer);
      return (await Promise.all(done)).length;
    },
  };
}
