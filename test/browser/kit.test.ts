/// <reference lib="dom" />
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { readers } from "../../src/engine/sources/readers.ts";
import { KIT, kitWidgets } from "../../src/kit/kit.ts";
import { eventually, opened, shows, useChromium } from "../support/browser.ts";
import { FIXTURES, SITE_PUBLIC } from "../support/folders.ts";
import { start, type TestServer, templates } from "../support/server.ts";

const TAKEN = ["number", "status", "presence"];

let server: TestServer;
beforeAll(async () => {
  // The colour by which changes show is one of brooklet.css, as is all that the kit's style sheet builds on.
  const layout = readFileSync(join(FIXTURES.views, "layout.eta"), "utf8");
  const link = '<link rel="stylesheet" href="<%= asset("brooklet.css") %>">';
  const views = templates({
    "layout.eta": layout.replace("</head>", `${link}</head>`),
    "pages/numbers.eta": '<h1>Numbers</h1> <%~ live("number") %> <%~ live("status/search") %>',
    "pages/crowd.eta": '<h1>Crowd</h1> <%~ live("presence") %> <%~ live("presence/kitchen") %>',
    "pages/kitchen.eta": '<h1>Kitchen</h1> <%~ live("presence/kitchen") %>',
  });
  for (const file of TAKEN.flatMap((name) => kitWidgets().get(name)!.files)) {
    if (!file.startsWith("widgets/")) continue;
    mkdirSync(dirname(join(views, file)), { recursive: true });
    cpSync(join(KIT, file), join(views, file));
  }
  server = await start({ views, public: SITE_PUBLIC, sources: { presence: ({ topic }) => readers(topic) } });
});
afterAll(() => server.close());
const chromium = useChromium();

const publish = (name: string, data: unknown) =>
  server.broker.publish([{ topic: parseTopic(name), data: data as never }]);

/** Notes what shows briefly from now on. @returns asks for it */
async function noteChanges(page: Page): Promise<() => Promise<string[]>> {
  // What came with the page has its time first, so that it is not taken for a change.
  const colour = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--changed"));
  await eventually(colour, (shown) => shown !== "" && !/^rgba\(0, 0, 0, 0\)$|transparent/.test(shown));
  await page.evaluate(() => {
    const noted: string[] = [];
    Object.assign(globalThis, { noted });
    document.addEventListener("animationstart", ({ animationName, target }) => {
      if (animationName === "changed") noted.push((target as Element).textContent!.trim());
    });
  });
  return () => page.evaluate(() => (globalThis as unknown as { noted: string[] }).noted);
}

test("a number, and a state, that changes shows it briefly; and not for who wants no movement", async () => {
  await publish("number", 20);
  await publish("status/search", "up");
  const page = await chromium.open(`${server.url}/numbers`);
  const still = await chromium.open(`${server.url}/numbers`, { reducedMotion: "reduce" });
  await Promise.all([opened(page), opened(still)]);
  const [noted, notedStill] = [await noteChanges(page), await noteChanges(still)];
  await publish("number", { value: 21.5, unit: "°C" });
  await publish("status/search", "down");
  for (const one of [page, still]) {
    await shows(one, "#number", "up 1.5");
    await shows(one, "[id^=status]", "down");
  }
  await publish("number", { value: 21.5, unit: "°C", label: "Hall" }); // of which the number is what it was
  await shows(page, "#number", "Hall");
  await publish("number", { value: 22, unit: "°C", label: "Hall" });
  await eventually(noted, (changes) => changes.includes("22°C"));
  expect((await noted()).toSorted()).toEqual(["21.5°C", "22°C", "down"]);
  expect(await notedStill()).toEqual([]);
});

test("presence counts the pages that show it, and each topic below it for itself", async () => {
  const [one, other] = [await chromium.open(`${server.url}/crowd`), await chromium.open(`${server.url}/kitchen`)];
  await shows(one, "#presence", "1 looking now");
  await shows(one, "[id^=presence_]", "2 looking now");
  await shows(other, "[id^=presence_]", "2 looking now");
});

test("all samples fit a phone and a desk, from left to right and from right to left", async () => {
  const page = await chromium.open(`${server.url}/widgets`);
  chromium.allow(/^console: Failed to load resource: the server responded with a status of 404/); // a picture that is missing
  // All of them on one page.
  await page.evaluate(
    async (names) => {
      const pages = await Promise.all(names.map(async (name) => (await fetch(`/widgets/to-take/${name}`)).text()));
      const main = document.querySelector("main")!;
      main.replaceChildren();
      for (const [i, html] of pages.entries()) {
        const heading = document.createElement("h2");
        heading.textContent = names[i]!;
        heading.className = "heading";
        const samples = new DOMParser().parseFromString(html, "text/html").querySelector("main > .samples")!;
        main.append(heading, document.importNode(samples, true));
      }
      for (const details of main.querySelectorAll("details")) details.remove();
    },
    [...kitWidgets().keys()].filter((name) => !TAKEN.includes(name) && name !== "rows"),
  );
  for (const dir of ["rtl", "ltr"]) {
    await page.evaluate((dir) => {
      document.documentElement.dir = dir;
    }, dir);
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      const wide = await page.evaluate(() => {
        const inside = [...document.querySelectorAll(".picture > *")];
        return inside.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML.slice(0, 200));
      });
      expect([dir, width, wide]).toEqual([dir, width, []]);
    }
  }
});
