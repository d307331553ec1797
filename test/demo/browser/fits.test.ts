import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "../../../src/engine/core/json.ts";
import { parseRegions } from "../../../src/engine/core/region.ts";
import { type Topic, widgetOf } from "../../../src/engine/core/topic.ts";
import { topicsOf, useChromium } from "../../support/browser.ts";
import { FONTS, type Font } from "../../support/fonts.ts";
import { LoadedPage } from "../../support/loaded-page.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

const WIDTHS = [280, 320, 360, 390, 768];
const LOOKS = [
  ...(Object.keys(FONTS) as Font[]).map((font) => ({ font, textSize: 16 })),
  { font: "DejaVu Sans" as Font, textSize: 32 }, // twice the usual size, in the widest
];
const PAGES = ["/", "/chat", "/random", "/echo", "/inbox", "/ten", "/pair", "/widgets"];
const UPDATES = ["brief", "detailed"].map((format) => `/updates?format=${format}`);

const WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
/** What is published besides each widget's samples: nothing in it can be broken at a space. */
const EXTREMES: Record<string, Json[]> = {
  bigboxcode: [WORD, { [WORD]: WORD }, [WORD]],
  chat: [{ you: WORD }, { text: `# ${WORD}\n\n- ${WORD}\n\n> \`${WORD}\`` }, { note: WORD }],
  clock: [{ time: "23:59:59", date: "Wednesday 30 September", zone: WORD, iso: "2026-09-30T03:00:00.000Z" }],
  counter: [{ count: 9_007_199_254_740_991 }],
  echo: [{ text: WORD, rest: WORD }],
  feed: [WORD, { text: WORD, by: WORD }, { [WORD]: WORD }],
  gauge: [-123_456_789.12, { value: 21, unit: WORD }],
  hello: [{ idx: WORD }],
  inbox: [
    {
      messages: [true, false].map((read, i) => ({
        id: `m${i}`,
        from: WORD,
        subject: WORD,
        at: "2026-11-21T14:03:07.000Z",
        read,
      })),
    },
  ],
  presence: [9_007_199_254_740_991],
  price: [104_321.123456, { symbol: WORD, price: 123_456_789.123456, change: -123_456_789.123456 }],
  random: [{ value: 1e20 }],
  updates: [{ from: WORD, text: WORD, friend: true }],
  vitals: [
    {
      cpu: 1,
      memory: { used: 2 ** 44, total: 2 ** 45 },
      load: [1234.56, 1234.56, 1234.56],
      delay: 123_456.7,
      cores: 1024,
    },
  ],
};

const WIDGETS = [...Object.keys(EXTREMES), "chat-turn", "ten"].map((name) => `/widgets/${name}`);

let server: TestServer;

describe.each(LOOKS)("with $font, at a text size of $textSize px", ({ font, textSize }) => {
  afterAll(() => server.close());
  const chromium = useChromium({ font, textSize, keep: true });
  let page: Page;
  beforeAll(async () => {
    server = await start();
    page = await chromium.open("about:blank");
  });

  test("the font is that one", async () => {
    await page.goto(`${server.url}/widgets`);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("DOM.enable");
    await devtools.send("CSS.enable");
    const { root } = await devtools.send("DOM.getDocument");
    const { nodeId } = await devtools.send("DOM.querySelector", { nodeId: root.nodeId, selector: "h1" });
    const { fonts } = await devtools.send("CSS.getPlatformFontsForNode", { nodeId });
    expect(fonts.map(({ familyName }) => familyName)).toEqual([font]);
    expect(await page.evaluate("getComputedStyle(document.documentElement).fontSize")).toBe(`${textSize}px`);
  });

  test.each([...PAGES, ...UPDATES, ...WIDGETS])("nothing on %s is wider than what it stands in", async (path) => {
    const known = await topicsForAll(path);
    if (known === undefined) await page.goto(server.url + path);
    const topics = known ?? (await topicsOf(page));
    const rounds = Math.max(1, ...topics.map((topic) => roundsOf(topic).length));
    const found: string[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const topic of topics) {
        const values = roundsOf(topic);
        await server.broker.publish(values[round % values.length]!.map((data) => ({ topic, data })));
      }
      await page.goto(server.url + path);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        for (const spill of await page.evaluate(spills)) found.push(`at ${width} px ${spill}`);
      }
    }
    expect(found).toEqual([]);
  });

  test("what is typed into the chat is in the window, on a phone held either way", async () => {
    await page.goto(`${server.url}/chat`);
    const windows =
      textSize === 16
        ? [
            [844, 390],
            [280, 600],
          ]
        : [[390, 844]];
    for (const [width, height] of windows) {
      await page.setViewportSize({ width: width!, height: height! });
      const bottom = await page.locator(".say").evaluate((form) => form.getBoundingClientRect().bottom);
      expect(bottom, `${width}×${height}`).toBeLessThanOrEqual(height!);
    }
  });
});

/** The topics of a page, without loading it in the browser; undefined where they are a visitor's own. */
async function topicsForAll(path: string): Promise<Topic[] | undefined> {
  const [one, other] = await Promise.all([LoadedPage.load(server, path), LoadedPage.load(server, path)]);
  return one.regions === other.regions ? [...new Set(parseRegions(one.regions).map(({ topic }) => topic))] : undefined;
}

/** What is published to it before each look: to a state one value after the other, to a log all of them. */
function roundsOf(topic: Topic): Json[][] {
  const { name, kind, samples } = server.views.widgets.get(widgetOf(topic))!;
  const values = EXTREMES[name] ?? samples.map(({ data }) => data);
  return kind === "log" ? [values] : values.map((value) => [value]);
}

/** Runs in the page: whether it can be moved sideways, and each word that leaves what it stands in. */
function spills(): string[] {
  const found: string[] = [];
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) found.push(`the page is ${scrollWidth} px wide`);

  /** The boxes that a text in this element must stay in, up to one that scrolls. */
  const boxesOf = (element: Element): Element[] => {
    const known = boxes.get(element);
    if (known !== undefined) return known;
    const { display, overflowX, position } = getComputedStyle(element);
    const parent = position === "fixed" ? document.documentElement : element.parentElement!;
    const around = parent === document.documentElement ? [parent] : boxesOf(parent);
    const own = display === "inline" || display === "contents" ? [] : [element];
    const all = overflowX === "auto" || overflowX === "scroll" ? [] : [...own, ...around];
    boxes.set(element, all);
    return all;
  };
  const boxes = new Map<Element, Element[]>();

  const range = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
    const around = boxesOf(text.parentElement!);
    if (around.length === 0 || text.parentElement!.closest(".hidden, .chart-data, .chart-unseen, .skip, noscript"))
      continue;
    for (const { 0: word, index } of text.nodeValue!.matchAll(/\S+/g)) {
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      const { left, right, width } = range.getBoundingClientRect();
      if (width === 0) continue; // not shown
      const narrow = around.find((element) => {
        const box = element.getBoundingClientRect();
        return right > box.right + 1 || left < box.left - 1;
      });
      if (narrow !== undefined) found.push(`“${word}” leaves ${narrow.localName}.${narrow.className}`);
    }
  }
  return found;
}
