import { afterAll, beforeAll, expect, test } from "vitest";
import { regionOf } from "../../../../src/engine/core/region.ts";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { MemoryLog } from "../../../../src/engine/log/memory.ts";
import { Raw } from "../../../support/raw.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";
import { viewsOf } from "../../../support/views.ts";

const good = {
  "widgets/price.eta": "<b><%= data.price %></b>",
  "widgets/alerts.eta": '---\nkind: log\n---\n<li id="<%= id %>"><%= data.text %></li>',
};
/** As an edit might leave them: each takes other values than those that were published. */
const edited = {
  "widgets/price.eta": "<b><%= data.price.amount.toFixed(2) %></b>",
  "widgets/alerts.eta": '---\nkind: log\n---\n<li id="<%= id %>"><%= data.text.slice(data.from.at) %></li>',
};
const log = new MemoryLog();
let server: TestServer;
beforeAll(async () => {
  server = await start({
    log,
    views: templates({ ...good, "pages/both.eta": '<%~ live("price") %><%~ live("alerts") %>' }),
  });
  await server.broker.publish([
    { topic: parseTopic("price"), data: { price: 1 } },
    { topic: parseTopic("alerts"), data: { text: "old" } },
    { topic: parseTopic("alerts"), data: { text: "new", from: { at: 1 } } },
  ]);
});
afterAll(() => server.close());

const NOTICE = /The value of <time datetime="[^"]+">[^<]+<\/time> cannot be shown\./g;

test("a value that today's template cannot render is said to be there, on open pages and fresh ones alike", async () => {
  const before = await (await fetch(`${server.url}/both`)).text();
  expect(before.match(NOTICE)).toBeNull();
  const path = /sse-connect="([^"]+)"/.exec(before)![1]!.replaceAll("&amp;", "&");
  const open = new Raw(server.port).send(`GET ${path} HTTP/1.1`, "Host: localhost", "", "");
  await open.until("id: ");

  server.broker.refresh(viewsOf(edited));
  const fragments = await Promise.all(
    ["price", "alerts"].map((topic) => server.broker.html(regionOf(parseTopic(topic)))),
  );
  const [price, alerts] = fragments as [string, string];
  expect(price).toMatch(NOTICE);
  expect(alerts).toMatch(
    /<li id="alerts_2" class="stale-notice">The value of .*? cannot be shown\.<\/li><li id="alerts_3">ew<\/li>/,
  );
  for (const html of fragments) expect(html).not.toContain("Waiting");
  expect(await open.until("ew</li>")).toContain(price);
  open.socket.destroy();
});
