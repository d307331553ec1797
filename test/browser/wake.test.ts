import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AWAY, eventually, opened, shows, streamed, useChromium } from "../support/browser.ts";
import { Program } from "../support/program.ts";
import { FaultyProxy } from "../support/proxy.ts";

const views = {
  "pages/wake.eta": '<h1>Wake</h1><%~ live("feed") %>',
};
const chromium = useChromium();
let program: Program;
let proxy: FaultyProxy;

beforeEach(async () => {
  program = new Program(views);
  await program.start();
  proxy = await FaultyProxy.open(program.port);
});
afterEach(async () => {
  program.resume();
  await proxy.close();
  await program.stop("SIGKILL");
  await program.dispose();
});

const publish = (text: string) =>
  fetch(`${program.origin}/publish`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(text),
  });

/** Milliseconds until the page is so. */
async function until(is: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await is();
  return Math.round(performance.now() - began);
}

describe("a page whose stream died", () => {
  test("says so when its server is gone, announces it, and is live when it is back", async () => {
    const page = await chromium.open(`${proxy.origin}/wake`);
    await opened(page);
    expect(await page.locator("#_pulse .lost").isVisible()).toBe(false);
    chromium.allow(...AWAY);
    await program.stop("SIGKILL");
    const said = await until(() => page.locator("#_pulse .lost").waitFor({ timeout: 6_000 }));
    expect(await page.getByRole("status").textContent()).toContain("Connection lost.");
    await page.mouse.wheel(0, 5_000);
    await expect(page.locator("#_pulse .lost").isVisible()).resolves.toBe(true);
    await program.start();
    const healed = await until(() => page.locator("#_pulse .alive").waitFor({ timeout: 15_000 }));
    await publish("after");
    await shows(page, "#feed", "after");
    console.log(`the server gone: said after ${said} ms; back: live after ${healed} ms`);
  });

  test("opens it again by itself once the proxy that answered 503 passes requests on again", async () => {
    const page = await chromium.open(`${proxy.origin}/wake`);
    await opened(page);
    chromium.allow(...AWAY);
    let tries = 0;
    page.on("response", (response) => {
      if (response.url().includes("/events") && response.status() === 503) tries++;
    });
    proxy.set("unavailable");
    proxy.reset();
    await page.locator("#_pulse .lost").waitFor({ timeout: 6_000 });
    // So many that the extension's own next try comes late: it waits twice as long after each.
    await eventually(
      () => tries,
      (n) => n >= 5,
      60_000,
    );
    proxy.set("pass");
    const healed = await until(() => page.locator("#_pulse .alive").waitFor({ timeout: 15_000 }));
    await publish("after");
    await shows(page, "#feed", "after");
    console.log(`503 for five tries: live after ${healed} ms`);
  });

  test("opens it again where nobody told it that the stream was gone, and is right then", async () => {
    const page = await chromium.open(`${proxy.origin}/wake`);
    await opened(page);
    chromium.allow(...AWAY);
    proxy.set("blackhole");
    await publish("missed");
    await page.locator("#_pulse .lost").waitFor({ timeout: 60_000 });
    proxy.set("pass");
    const healed = await until(() => shows(page, "#feed", "missed", 30_000));
    await page.locator("#_pulse .alive").waitFor();
    console.log(`a connection that swallows everything: right ${healed} ms after it passes again`);
  });

  test("is live at once when a server goes on that was stopped", async () => {
    const page = await chromium.open(`${proxy.origin}/wake`);
    await opened(page);
    chromium.allow(...AWAY);
    program.pause();
    await page.locator("#_pulse .lost").waitFor({ timeout: 60_000 });
    program.resume();
    const healed = await until(() => page.locator("#_pulse .alive").waitFor({ timeout: 15_000 }));
    console.log(`a server that was stopped: live ${healed} ms after it goes on`);
  });
});

test("nothing is asked while the stream is well", async () => {
  const page = await chromium.open(`${proxy.origin}/wake`);
  await opened(page);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  const { message } = await streamed(page);
  await eventually(
    async () => (await streamed(page)).message,
    (now) => now >= message + 2, // heartbeats
    60_000,
  );
  expect(asked).toEqual([]);
  chromium.check();
  chromium.allow(...AWAY);
}, 90_000);
