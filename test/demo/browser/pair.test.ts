import { afterEach, beforeEach, expect, test } from "vitest";
import { every } from "../../../src/engine/sources/every.ts";
import { eventually, shows, streamed, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;

beforeEach(async () => {
  let [idx, count] = [0, 0];
  const sources = { hello: every(30, () => ({ idx: ++idx })), counter: every(50, () => ({ count: ++count })) };
  server = await start({ sources });
});
afterEach(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

test("two topics side by side, both live, through one stream", async () => {
  const page = await chromium.open(`${server.url}/pair`);
  const boxes = await Promise.all(["#hello", "#counter"].map((id) => page.locator(id).boundingBox()));
  expect(boxes[0]!.x + boxes[0]!.width).toBeLessThan(boxes[1]!.x);
  for (const id of ["#hello", "#counter"]) {
    await eventually(
      async () => Number((await page.locator(`${id} b`).textContent())!.trim()),
      (n) => n > 5,
    );
  }
  await shows(page, "#hello", "This is");
  expect(server.requests.filter((request) => request.startsWith("GET /events"))).toEqual([
    expect.stringMatching(/^GET \/events\?regions=hello,counter&cursor=/),
  ]);
  expect((await streamed(page)).open).toBe(1);
});
