import { afterEach, beforeEach, expect, test } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { opened, useChromium } from "../../support/browser.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite } from "../../support/site.ts";

const MOST_BYTES = 45 * 1024;
/** On localhost Chromium takes Brotli; over plain HTTP to any other name gzip alone. */
const CODINGS = ["gzip, deflate, br, zstd", "gzip, deflate"];

let server: TestServer;
beforeEach(async () => {
  server = await startSite();
  await server.assets.compress();
  for (const [name, { kind, keep, samples }] of server.views.widgets) {
    // As full as a board gets: each of its lists has all that it keeps.
    const count = kind === "log" ? keep : 1;
    const values = Array.from({ length: samples.length && count }, (_, i) => samples[i % samples.length]!);
    const topic = parseTopic(name);
    if (values.length > 0) await server.broker.publish(values.map(({ data }) => ({ topic, data })));
  }
});
afterEach(() => server.close());
const chromium = useChromium();

test.each(CODINGS)(
  "of the board takes at most 45 KB over the wire in all, to a browser that takes %s",
  async (coding) => {
    const page = await chromium.open("about:blank");
    const wire = await page.context().newCDPSession(page);
    const paths = new Map<string, string>();
    const bytes = new Map<string, number>();
    const took = (id: string, length: number) => {
      const path = paths.get(id)!.replace(/\/assets\/[^/]+/, "");
      bytes.set(path, (bytes.get(path) ?? 0) + length);
    };
    wire.on("Network.requestWillBeSent", ({ requestId, request }) => {
      paths.set(requestId, new URL(request.url).pathname);
    });
    // Of the stream, which does not end: its head, and what has come so far.
    wire.on("Network.responseReceived", ({ requestId, response }) => {
      if (paths.get(requestId) === "/events") took(requestId, response.encodedDataLength);
    });
    wire.on("Network.dataReceived", ({ requestId, encodedDataLength, dataLength }) => {
      if (paths.get(requestId) === "/events") took(requestId, encodedDataLength || dataLength);
    });
    wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => took(requestId, encodedDataLength));
    await wire.send("Network.enable");
    await wire.send("Network.setCacheDisabled", { cacheDisabled: true });
    await page.setExtraHTTPHeaders({ "accept-encoding": coding });
    await page.goto(server.url, { waitUntil: "load" });
    await opened(page);
    await page.locator("#_pulse .alive").waitFor();
    const all = [...bytes.values()].reduce((sum, length) => sum + length, 0);
    const each = [...bytes].map(([path, length]) => `${path} ${length}`).join(", ");
    console.log(`the first visit to the board, by ${coding}: ${(all / 1024).toFixed(1)} KB (${each})`);
    expect([...bytes.keys()]).toEqual(
      expect.arrayContaining(["/", "/style.css", "/engine.css", "/engine.js", "/events"]),
    );
    expect(all).toBeLessThanOrEqual(MOST_BYTES);
  },
);
