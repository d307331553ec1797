import { afterEach, beforeEach, expect, test } from "vitest";
import { redisChannel } from "../../../src/engine/sources/redis.ts";
import { eventually, opened, shows, useChromium } from "../../support/browser.ts";
import { TestRedis } from "../../support/redis.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
let redis: TestRedis;
beforeEach(async () => {
  redis = await TestRedis.start();
  server = await start({ sources: { bigboxcode: redisChannel("bigboxcode", { url: redis.url }) } });
});
afterEach(async () => {
  await server.close();
  await redis.stop();
});
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

/** Redis says how many have heard it: the source has subscribed once one has. */
const say = (text: string) => redis.cli("PUBLISH", "bigboxcode", text);

test("what any program PUBLISHes to the channel appears, whether JSON or plain text", async () => {
  const page = await chromium.open(`${server.url}/widgets/bigboxcode`);
  await opened(page);
  await eventually(
    () => redis.cli("PUBSUB", "NUMSUB", "bigboxcode"),
    (said) => said.endsWith("1"),
  );
  expect(await say('{"box":"oak","weight":4.2}')).toBe("1");
  await shows(page, "#bigboxcode li", /box\s*oak\s*weight\s*4\.2/);
  expect(await say("<b>plain</b> text {")).toBe("1");
  await shows(page, "#bigboxcode li", "<b>plain</b> text {");
  expect(await say('[1,{"two":2}]')).toBe("1");
  await shows(page, "#bigboxcode li", '[1,{"two":2}]');
  expect(await page.locator("#bigboxcode li").count()).toBe(3);
});

test("what is POSTed to it appears beside that", async () => {
  const page = await chromium.open(`${server.url}/widgets/bigboxcode`);
  await opened(page);
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${server.url}/publish/bigboxcode`, { method: "POST", headers, body: '"from curl"' });
  expect(response.status).toBe(201);
  await shows(page, "#bigboxcode li", "from curl");
});
