import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { useChromium } from "../support/browser.ts";
import { ROOT } from "../support/folders.ts";
import { start, type TestServer, templates } from "../support/server.ts";

const TYPES = ["text", "email", "date", "time", "datetime-local", "month", "week", "file", "range"];
const FIELDS = [
  ...TYPES.map((type) => `<label>${type} and what to type <input type="${type}" name="${type}"></label>`),
  "<label>s <select><option>one</option></select></label>",
].join("\n");

let server: TestServer;
beforeAll(async () => {
  const views = templates({
    "layout.eta": readFileSync(join(ROOT, "src/start-folder/views/layout.eta"), "utf8"),
    "pages/fields.eta": `<form class="compose rows">${FIELDS}</form>`,
  });
  server = await start({ views });
});
afterAll(() => server.close());
const chromium = useChromium();

test("whatever is typed or chosen by, a field is as high, as wide and as large to read as all others", async () => {
  const page = await chromium.open(`${server.url}/fields`);
  const looks = await page.locator("form :is(input:not([type=hidden]), select)").evaluateAll((fields) =>
    fields.map((field) => {
      const { width, height } = field.getBoundingClientRect();
      return `${Math.round(width)} × ${Math.round(height)}, ${getComputedStyle(field).fontSize}`;
    }),
  );
  expect(looks).toHaveLength(TYPES.length + 1);
  expect([...new Set(looks)]).toHaveLength(1);
});
