/// <reference lib="dom" />
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type DefaultTreeAdapterTypes, parseFragment, serialize } from "parse5";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Topic } from "../../src/engine/core/topic.ts";
import { pageListIn } from "../../src/engine/http/request/open-page.ts";
import { type Font, fontconfig } from "./fonts.ts";
import { plainChromium } from "./plain-chromium.ts";

const EXECUTABLE = "/usr/bin/chromium";
// No GPU and no QUIC in a container; the rest keeps Chromium from calling home, so that only the page's requests are seen.
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * What a page's console says of a server that is away for a while: of each try to open the stream, and of each time that the
 * page asks for the stream's element in vain.
 */
export const AWAY: readonly RegExp[] = [
  /^console: Failed to load resource: (net::|the server responded with a status of 50[234])/,
  /^console: \[object Event\]$/,
  /^console: htmx:(sendError|sendAbort|timeout|afterRequest|responseError)/,
  /^console: Response Status Error Code 50[234] from \/stream/,
];

/** What htmx adds to an element while it swaps. */
const LENT = /^htmx-(added|settling|swapping|request)$|^$/;

const SCREENSHOTS = join(import.meta.dirname, "..", "browser", "screenshots");

export interface Look {
  /** The one sans-serif of the machine: what it has, by default. */
  font?: Font;
  /** What its reader has set in the browser's settings, in px: 16 by default. */
  textSize?: number;
  /** As visitors have it: see plain-chromium.ts. Else there are no tabs. */
  plain?: boolean;
  /** Whether a page stays from test to test, and goes on to the next address: another takes Chromium longer than what many tests do. */
  keep?: boolean;
}

/**
 * Debian's Chromium for the tests of one file. A page that complains on its console fails its test. To be called behind the file's own
 * `afterEach`: the last of these runs first, and pages are to be looked at before their server ends, of which they would complain.
 */
export function useChromium({ font, textSize, plain, keep }: Look = {}) {
  let browser: Browser;
  let window: BrowserContext | undefined;
  const complaints: string[] = [];
  const allowed: RegExp[] = [];

  const check = () => {
    const unexpected = complaints.splice(0).filter((text) => !allowed.some((pattern) => pattern.test(text)));
    expect(unexpected).toEqual([]);
  };

  beforeAll(async () => {
    const args = textSize === undefined ? FLAGS : [...FLAGS, `--blink-settings=defaultFontSize=${textSize}`];
    const env = font === undefined ? process.env : { ...process.env, FONTCONFIG_FILE: fontconfig(font) };
    browser = plain
      ? await plainChromium(EXECUTABLE, args)
      : await chromium.launch({ executablePath: EXECUTABLE, args, env: env as Record<string, string> });
    [window] = browser.contexts();
  });

  afterEach(async () => {
    try {
      check();
    } finally {
      if (keep) await Promise.all(browser.contexts().map(leave));
      else {
        const opened = browser.contexts().map((context) => (context === window ? context.pages() : [context]));
        await Promise.all(opened.flat().map((it) => it.close()));
      }
      // A stream that is cut by its page's closing complains of that, too.
      complaints.length = allowed.length = 0;
    }
  });

  afterAll(() => browser?.close());

  async function load(context: BrowserContext, url: string): Promise<Page> {
    const page = await context.newPage();
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`page: ${error.message}`));
    await page.addInitScript(count);
    await page.goto(url);
    return page;
  }

  return {
    /** Opens a page that shares nothing with others, and watches its console. */
    async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
      return load(await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options }), url);
    },
    /** Opens a page in a tab of the browser's one window, in front of those that are there. */
    tab: (url: string): Promise<Page> => load(window!, url),
    /** Fails if a page has complained so far. Every test ends with it. */
    check,
    /** For this test, such complaints are part of the fault: each failed try to connect logs one. */
    allow(...patterns: RegExp[]): void {
      allowed.push(...patterns);
    },
  };
}

/** Leaves where its pages are, and forgets who has looked at them. */
async function leave(context: BrowserContext): Promise<void> {
  await Promise.all(context.pages().map((page) => page.goto("about:blank")));
  await context.clearCookies();
}

/** Runs in the page before its own scripts: counts the stream's openings and events that htmx has dealt with. */
function count(): void {
  const streamed = { open: 0, message: 0 };
  Object.assign(globalThis, { streamed });
  document.addEventListener("htmx:sseOpen", () => streamed.open++);
  document.addEventListener("htmx:sseMessage", () => streamed.message++);
}

/** How often the page's stream was opened, and how many of its events were swapped in. */
export function streamed(page: Page): Promise<{ open: number; message: number }> {
  return page.evaluate(() => (globalThis as unknown as { streamed: { open: number; message: number } }).streamed);
}

/** Resolves once the page's stream has been opened for the n-th time. */
export async function opened(page: Page, n = 1): Promise<void> {
  await eventually(
    async () => (await streamed(page)).open,
    (open) => open >= n,
  );
}

/** Resolves once the page has swapped in the n-th event of its streams. */
export async function delivered(page: Page, n: number): Promise<void> {
  await eventually(
    async () => (await streamed(page)).message,
    (message) => message >= n,
  );
}

/** The topics that a page's stream has. */
export async function topicsOf(page: Page): Promise<Topic[]> {
  const list = new URLSearchParams({ _regions: await page.locator("#_regions").inputValue() });
  return [...new Set(pageListIn(list).regions.map(({ topic }) => topic))];
}

/** Resolves once the region says so. */
export async function shows(page: Page, selector: string, text: string | RegExp, timeout = 20_000): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout });
}

/** Asks until the answer is good, and returns it. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  good: (answer: T) => boolean,
  timeout = 20_000,
): Promise<T> {
  const until = performance.now() + timeout;
  for (;;) {
    let why: unknown;
    try {
      const answer = await ask();
      if (good(answer)) return answer;
      why = new Error(`the last answer was ${JSON.stringify(answer)}`);
    } catch (error) {
      why = error;
    }
    if (performance.now() > until) throw why;
    await setTimeout(20);
  }
}

/** What a region shows now, as HTML that compares with what the server renders. */
export async function normalised(page: Page, selector: string): Promise<string> {
  return normalisedHtml(await page.locator(selector).innerHTML());
}

/**
 * HTML without the classes that htmx lends to what it swaps in, and without the white space that templates leave between
 * elements. Browser and server may also write the same character in two ways; parsed, it is one.
 */
export function normalisedHtml(html: string): string {
  const fragment = parseFragment(html);
  strip(fragment);
  return serialize(fragment);
}

type Parent = DefaultTreeAdapterTypes.ParentNode;

function strip(parent: Parent): void {
  const elements = parent.childNodes.filter((node) => "tagName" in node);
  if (elements.length > 0) {
    parent.childNodes = parent.childNodes.filter((node) => !("value" in node) || node.value.trim() !== "");
  }
  for (const element of elements) {
    for (const attribute of element.attrs) {
      if (attribute.name === "class")
        attribute.value = attribute.value
          .split(/\s+/)
          .filter((name) => !LENT.test(name))
          .join(" ");
    }
    element.attrs = element.attrs.filter(({ name, value }) => name !== "class" || value !== "");
    strip(element);
    if ("content" in element) strip(element.content);
  }
}

/** The page as it looks on a phone and on a desk, in light and in dark. @returns the files' paths */
export async function screenshot(page: Page, name: string): Promise<string[]> {
  const paths: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [390, 1280]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      const path = join(SCREENSHOTS, `${name}-${width}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
      paths.push(path);
    }
  }
  return paths;
}
