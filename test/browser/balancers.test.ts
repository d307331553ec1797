/// <reference lib="dom" />
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { Balancer, type BalancerKind } from "../support/balancer.ts";
import { shows, useChromium } from "../support/browser.ts";
import { cookiesOf } from "../support/cookies.ts";
import { Raw } from "../support/raw.ts";
import { selfSigned, start, type TestServer } from "../support/server.ts";

/** More than the six connections that a browser opens to one host over HTTP/1.1. */
const TABS = 8;
const pair = selfSigned();
let server: TestServer;
let balancer: Balancer;

beforeEach(async () => {
  server = await start();
});
afterEach(async () => {
  await balancer.stop();
  await server.close();
});
const chromium = useChromium();

test.each<BalancerKind>(["nginx", "haproxy", "caddy"])(
  `${TABS} tabs of one visitor are all live over HTTP/2 through %s, and so is a form`,
  async (kind) => {
    balancer = await Balancer.start(kind, [server.port, server.port], { pair });
    const first = await chromium.open(balancer.origin, { ignoreHTTPSErrors: true });
    const encodings: unknown[] = [];
    first.context().on("response", (response) => {
      if (response.url().includes("/events?")) encodings.push(response.headers()["content-encoding"]);
    });
    const others = Array.from({ length: TABS - 1 }, async () => {
      const tab = await first.context().newPage();
      await tab.goto(balancer.origin);
      return tab;
    });
    const tabs = [first, ...(await Promise.all(others))];
    await expect.poll(() => server.broker.size).toBe(TABS);
    const protocols = tabs.map((tab) =>
      tab.evaluate(() => performance.getEntriesByType("navigation").map((entry) => entry.toJSON().nextHopProtocol)),
    );
    expect((await Promise.all(protocols)).flat()).toEqual(tabs.map(() => "h2"));

    await server.broker.publish([{ topic: parseTopic("feed"), data: { text: "for every tab" } }]);
    await Promise.all(tabs.map((tab) => shows(tab, "#feed", "for every tab")));
    await tabs.at(-1)!.locator('[name="text"]').fill("typed in the last");
    await tabs.at(-1)!.locator('[name="text"]').press("Enter");
    await Promise.all(tabs.map((tab) => shows(tab, "#feed", "typed in the last")));
    const shown = await Promise.all(tabs.map((tab) => tab.locator("#feed").innerHTML()));
    expect(shown).toEqual(tabs.map(() => shown[0]));
    // The first tab's stream may have been opened before anybody looked.
    expect(encodings.slice(0, TABS - 1)).toEqual(others.map(() => "gzip"));
    await Promise.all(tabs.map((tab) => tab.close()));
    await expect.poll(() => server.broker.size).toBe(0);
    expect(server.errors).toEqual([]);
  },
);

test.each<BalancerKind>(["nginx", "haproxy", "caddy"])(
  "over HTTP/1.1 through %s four streams of one visitor are open, and a fifth has its page ask",
  async (kind) => {
    balancer = await Balancer.start(kind, [server.port, server.port]);
    const path = "/events?regions=feed";
    const first = await fetch(balancer.origin + path, {
      headers: { accept: "text/event-stream", referer: `${balancer.origin}/` },
    });
    const ask = () =>
      new Raw(balancer.port).send(`GET ${path} HTTP/1.1`, "Host: localhost", `Cookie: ${cookiesOf(first)}`, "", "");
    const others = [ask(), ask(), ask()];
    for (const raw of others) await raw.until("_here");
    const fifth = ask();
    expect(await fifth.until("Every 5 s")).toContain("retry: 600000");
    expect(server.broker.size).toBe(4);
    for (const raw of [...others, fifth]) raw.socket.destroy();
    await first.body!.cancel();
  },
);
