import puppeteer, { type Browser, type HTTPResponse, type Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

/** Debian's own. Playwright drives only a Firefox that it has changed; Puppeteer speaks WebDriver BiDi, which every Firefox does. */
const EXECUTABLE = "/usr/bin/firefox-esr";

/**
 * Debian's Firefox for the tests of one file. A page that throws fails its test. To be called behind the file's own `afterEach`, as
 * `useChromium` is.
 */
export function useFirefox() {
  let browser: Browser;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await puppeteer.launch({ browser: "firefox", executablePath: EXECUTABLE, acceptInsecureCerts: true });
  });
  afterEach(async () => {
    await Promise.all((await browser.pages()).map((page) => page.close()));
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(() => browser?.close());

  return {
    async open(url: string, onResponse: (response: HTTPResponse) => void = () => {}): Promise<Page> {
      const page = await browser.newPage();
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("response", onResponse);
      await page.goto(url);
      return page;
    },
  };
}
