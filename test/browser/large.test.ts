import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../../src/engine/core/json.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { eventually, normalised, useChromium } from "../support/browser.ts";
import { start, type TestServer, templates } from "../support/server.ts";

const ITEMS = 50;
const TEXT = "x".repeat(60_000);
const LATE = "There is too much here to come with the page.";

let server: TestServer;
beforeAll(async () => {
  const views = templates({
    "widgets/large.eta": `---\nkind: log\nkeep: ${ITEMS}\n---\n<li id="<%= id %>"><%= data.n %> <i hidden><%= data.text %></i></li>`,
    "widgets/small.eta": "<b><%= data %></b>",
    "pages/large.eta": '<h1>Large</h1><%~ live("large") %><%~ live("small") %>',
  });
  server = await start({ views });
  await publish("small", "one");
  for (let n = 1; n <= ITEMS; n++) await publish("large", { n, text: TEXT });
});
afterAll(() => server.close());
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const publish = (topic: string, data: Json) => server.broker.publish([{ topic: parseTopic(topic), data }]);

test(`a page of ${ITEMS} items of 60 KB, which is more than it can begin with, has all of them once it is live, and goes on`, async () => {
  const answer = await fetch(`${server.url}/large`);
  const html = await answer.text();
  expect(html.length).toBeLessThan(100_000);
  expect(html).toContain(LATE);
  expect(html).toContain("<b>one</b>");

  const page = await chromium.open(`${server.url}/large`);
  const numbers = () =>
    page.evaluate(() => [...document.querySelectorAll("#large > *")].map((li) => parseInt(li.textContent!, 10)));
  const from = (first: number) => Array.from({ length: ITEMS }, (_, i) => first + i);
  await eventually(numbers, (shown) => shown.length === ITEMS, 60_000);
  expect(await numbers()).toEqual(from(1));
  expect(await normalised(page, "#small")).toBe("<b>one</b>");
  await publish("large", { n: ITEMS + 1, text: TEXT });
  await publish("small", "two");
  await eventually(numbers, (shown) => shown.at(-1) === ITEMS + 1);
  expect(await numbers()).toEqual(from(2));
  await eventually(
    () => normalised(page, "#small"),
    (shown) => shown === "<b>two</b>",
  );
});
