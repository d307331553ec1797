/// <reference lib="dom" />
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { loadAuthorize } from "../../src/engine/access/file.ts";
import { loadActions } from "../../src/engine/actions/files.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { AWAY, opened, shows, useChromium } from "../support/browser.ts";
import { section } from "../support/documents.ts";
import { ROOT } from "../support/folders.ts";
import { start, type TestServer, templates } from "../support/server.ts";

const text = section("Log-ins");
/** The documents' files of log-ins of one's own: of two of one name, the later. */
const files = [...text.matchAll(/^```(?:ts|eta)\n((?:\/\/ |<%\/\* )([\w/.-]+)[\s\S]*?)^```$/gm)].map(
  ([, text, path]) => [path!, text!] as const,
);
const makeUsers = /\$\((node [\s\S]*?)\)" npm start/.exec(text)![1]!;

let folder: string;
let server: TestServer;
beforeAll(async () => {
  // In the project, so that what its authors import is what the server is made of.
  mkdirSync(join(ROOT, ".brooklet"), { recursive: true });
  folder = mkdtempSync(join(ROOT, ".brooklet", "log-in-"));
  for (const [path, text] of files) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  vi.stubEnv("USERS", execFileSync("sh", ["-ec", makeUsers], { encoding: "utf8" }));
  const { decide } = (await loadAuthorize(join(folder, "src/authorize")))!;
  server = await start({
    views: templates({
      ...Object.fromEntries(
        files.flatMap(([path, text]) => (path.startsWith("views/") ? [[path.slice(6), text]] : [])),
      ),
      "widgets/alerts.eta": "<b><%= data %></b>",
    }),
    actions: Object.fromEntries(await loadActions(pathToFileURL(join(folder, "src/actions/")))),
    authorize: decide,
    checkMs: 500,
  });
});
afterAll(async () => {
  await server.close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const raise = (text: string) => server.broker.publish([{ topic: parseTopic("alerts"), data: text }]);

async function logIn(page: Page, password: string): Promise<void> {
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button").click();
}

test.each([true, false])(
  "with the documents' files Ada logs in and sees what is hers (JavaScript: %s)",
  async (javaScriptEnabled) => {
    // A stream that was let pass by a cookie ends at each check, to come back with the cookies of then.
    chromium.allow(/422/, /^console: \[object Event\]$/);
    await raise("The pump is hot");
    const page = await chromium.open(`${server.url}/staff`, { javaScriptEnabled });
    expect(page.url()).toBe(`${server.url}/log-in?back=%2Fstaff`);
    await logIn(page, "a guess");
    await shows(page, "form", "Name and password do not match.");
    await logIn(page, "the password");
    await shows(page, "h1", "Hello Ada");
    expect(page.url()).toBe(`${server.url}/staff`);
    await shows(page, "#alerts", "The pump is hot");
    if (javaScriptEnabled) {
      await opened(page);
      await raise("The door is open");
      await shows(page, "#alerts", "The door is open");
    }
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL(`${server.url}/`);
    await page.goto(`${server.url}/staff`);
    await shows(page, "h1", "Log in");
  },
);

test("who logs out in one tab is shown nothing more in another, and is told so", async () => {
  chromium.allow(...AWAY); // a stream that ends complains, and comes back
  const page = await chromium.open(`${server.url}/log-in?back=%2Fstaff`);
  await logIn(page, "the password");
  await opened(page);
  const other = await page.context().newPage();
  await other.goto(`${server.url}/staff`);
  await raise("Once more");
  for (const tab of [page, other]) await shows(tab, "#alerts", "Once more");
  await opened(page, 3); // it was asked anew, twice
  await raise("And again");
  await shows(page, "#alerts", "And again");
  await other.getByRole("button", { name: "Log out" }).click();
  await shows(page, "#alerts", "may not be shown here any more");
  await raise("A secret");
  await page.getByRole("link", { name: "Reload the page" }).click();
  await shows(page, "h1", "Log in");
});
