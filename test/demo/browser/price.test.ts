/// <reference lib="dom" />
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { redisKey } from "../../../src/engine/sources/redis.ts";
import { eventually, opened, shows, useChromium } from "../../support/browser.ts";
import { TestRedis } from "../../support/redis.ts";
import type { TestServer } from "../../support/server.ts";
import { startSite as start } from "../../support/site.ts";

let server: TestServer;
let redis: TestRedis | undefined;
afterEach(async () => {
  await server.close();
  await redis?.stop();
  redis = undefined;
});
const chromium = useChromium(); // after the server, as hooks run backwards: pages go before it does

const open = async () => {
  const page = await chromium.open(`${server.url}/widgets/price`);
  await opened(page);
  return page;
};
const publish = (data: unknown) =>
  fetch(`${server.url}/publish/price`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(data),
  });

describe("the price out of Redis", () => {
  beforeEach(async () => {
    redis = await TestRedis.start(["--notify-keyspace-events", "KA"]);
    server = await start({ sources: { price: redisKey("current_price", { url: redis.url }) } });
  });

  test("waits while there is no such key, and shows what redis-cli SETs", async () => {
    const page = await open();
    await shows(page, "#price", "Waiting for the first value…");
    await redis!.cli("SET", "current_price", "102");
    await shows(page, "#price .figure", /^102$/);
    expect(await page.locator("#price .change").count()).toBe(0); // from what, nobody knows
    await redis!.cli("SET", "current_price", "99.5");
    await shows(page, "#price .figure", /^99\.5$/);
    await shows(page, "#price .change.down", "down 2.5");
  });

  test("is published once where it is set again to what it was", async () => {
    const page = await open();
    await redis!.cli("SET", "current_price", "102");
    await shows(page, "#price .figure", /^102$/);
    const looks = async () =>
      Number(/cmdstat_get:calls=(\d+)/.exec(await redis!.cli("INFO", "commandstats"))?.[1] ?? 0);
    const before = await looks();
    const cursor = server.broker.cursor();
    await redis!.cli("SET", "current_price", "102");
    await eventually(looks, (now) => now > before);
    await redis!.cli("SET", "current_price", "103");
    await shows(page, "#price .figure", /^103$/);
    expect(await page.locator("#price .chart-line").first().getAttribute("d")).toBe("M0,100L100,0");
    expect(server.broker.cursor()).not.toBe(cursor);
  });
});

describe("the price without Redis", () => {
  beforeEach(async () => {
    server = await start();
  });

  test("is what is published to it: a quote, or the number alone", async () => {
    const page = await open();
    expect((await publish({ symbol: "ACME", price: 101.2, change: 0.4 })).status).toBe(201);
    await shows(page, "#price .change.up", "up 0.4");
    await shows(page, "#price .label", "ACME");
    expect((await publish(100.95)).status).toBe(201);
    await shows(page, "#price .change.down", "down 0.25");
    expect((await publish("100.95")).status).toBe(201);
    await shows(page, "#price .change.unchanged", "unchanged");
    expect(server.errors).toEqual([]);
  });

  test("draws the first two prices over its whole width; its line moves to where its prices are now, and ends at its dot at every moment", async () => {
    const page = await open();
    await publish(100);
    await publish(102);
    await page.locator('#price .chart-line[d="M0,100L100,0"]').waitFor();
    await page.evaluate(() => {
      const apart = new Set<string>();
      Object.assign(globalThis, { apart });
      const ends = () => {
        // Where both are drawn just now, on the way to where they are to be: the line at its last step, the dots at the last of them.
        const [line, dot] = [...document.querySelectorAll("#price .chart-line")].map((path) => {
          const steps = getComputedStyle(path)
            .getPropertyValue("d")
            .matchAll(/[ML] ?([-\d.]+)[, ]+([-\d.]+)/g);
          return [...steps].at(-1)?.slice(1).map(Number).join();
        });
        if (line !== dot) apart.add(`${line} and ${dot}`);
        requestAnimationFrame(ends);
      };
      ends();
      document.addEventListener("transitionrun", ({ propertyName }) => {
        document.documentElement.dataset.moved = propertyName;
      });
    });
    const moved = async (price: number) => {
      await publish(price);
      await shows(page, "#price .figure", new RegExp(`^${price}$`));
      await page.waitForFunction(
        () => document.querySelector("#price svg")!.getAnimations({ subtree: true }).length === 0,
      );
    };
    const apart = () => page.evaluate(() => [...(globalThis as unknown as { apart: Set<string> }).apart]);
    for (const price of [101, 104, 90]) await moved(price);
    expect(await apart()).toEqual([]);
    for (let i = 0; i < 60; i++) await publish(100 + (i % 7)); // from here on each has as many before it
    await moved(95);
    await page.evaluate(() => (globalThis as unknown as { apart: Set<string> }).apart.clear());
    for (const price of [101, 104, 80]) await moved(price);
    await page.locator('html[data-moved="d"]').waitFor();
    expect(await apart()).toEqual([]);
  });

  test("is no number that it cannot show: the publisher hears it, the page keeps what it had", async () => {
    const page = await open();
    await publish(7);
    await shows(page, "#price .figure", /^7$/);
    for (const bad of ["a lot", null, {}, { price: 1, change: "some" }]) expect((await publish(bad)).status).toBe(422);
    await publish(8);
    await shows(page, "#price .change.up", "up 1");
  });

  test("is published by the gallery's form, which says what its schema does not take, and keeps what was typed", async () => {
    chromium.allow(/422/);
    const page = await open();
    const [change, form] = [page.getByLabel("change", { exact: true }), page.locator("form.compose")];
    await page.getByLabel("price", { exact: true }).fill("7.25");
    await change.fill("");
    await form.getByRole("button").click();
    await shows(page, "#price .figure", /^7\.25$/);
    await page.getByLabel("price", { exact: true }).fill("");
    await form.evaluate((form: HTMLFormElement) => {
      form.noValidate = true;
    });
    await form.getByRole("button").click();
    await shows(page, "form.compose .refused", "Publish a number, or");
    expect(await page.getByLabel("symbol", { exact: true }).inputValue()).toBe("ACME");
    await page.getByLabel("price", { exact: true }).fill("8");
    await form.getByRole("button").click();
    await shows(page, "#price .figure", /^8$/);
    await page.locator("form.compose .refused").waitFor({ state: "detached" });
  });

  test.each(["price", "bigboxcode"])(
    "has no source for %s, which would look for a Redis that nobody set up",
    async (name) => {
      const source = async () => {
        vi.resetModules();
        return (await import(`../../../src/sources/${name}.ts`)).default;
      };
      try {
        vi.stubEnv("REDIS_URL", "");
        expect(await source()).toBeNull();
        vi.stubEnv("LOG_URL", "memory:");
        expect(await source()).toBeNull();
        vi.stubEnv("LOG_URL", "redis://127.0.0.1:1");
        expect(await source()).not.toBeNull();
        vi.stubEnv("LOG_URL", "");
        vi.stubEnv("REDIS_URL", "redis://127.0.0.1:1");
        expect(await source()).not.toBeNull();
      } finally {
        vi.unstubAllEnvs();
      }
    },
  );
});
