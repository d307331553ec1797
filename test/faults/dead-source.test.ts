import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AWAY, normalised, opened, shows, useChromium } from "../support/browser.ts";
import { Program } from "../support/program.ts";

/** What the job cannot go on without. */
const INPUT = join(tmpdir(), `brooklet-job-${process.pid}`);

/** @param input a file */
const job = (input: string) => `
import { access } from "node:fs/promises";
import { wait } from "brooklet";

export default async function* ({ signal }) {
  for (let done = 1; ; done++) {
    await access(${JSON.stringify(input)});
    yield { done };
    await wait(20, signal);
  }
}`;

const WIDGET = "<b><%= data.done %></b> done";
const chromium = useChromium();
const program = new Program(
  {
    "widgets/job.eta": WIDGET,
    "widgets/never.eta": WIDGET,
    "pages/jobs.eta": '<h1>Jobs</h1><%~ live("job") %><%~ live("never") %>',
  },
  { sources: { "job.ts": job(INPUT), "never.ts": job(join(INPUT, "nowhere")) } },
);
beforeAll(async () => {
  writeFileSync(INPUT, "");
  await program.start();
});
afterAll(async () => {
  await program.dispose();
  rmSync(INPUT, { force: true });
});

const regions = ["#job", "#never"];

test("killed in mid-job, and its input gone: open pages and fresh ones say that nothing comes, until it does", {
  timeout: 120_000,
}, async () => {
  chromium.allow(...AWAY); // while nobody is there
  const page = await chromium.open(`${program.origin}/jobs`);
  await opened(page);
  await shows(page, "#job", /[1-9]\d done/);

  await program.stop("SIGKILL");
  rmSync(INPUT);
  const before = Number(await page.locator("#job b").innerText());
  const killed = performance.now();
  await program.start();
  for (const region of regions) await shows(page, `${region} .stale-notice`, "No new values are arriving", 60_000);
  const said = performance.now() - killed;
  expect(Number(await page.locator("#job b").innerText())).toBeGreaterThanOrEqual(before); // what it had it keeps
  const fresh = await chromium.open(`${program.origin}/jobs`);
  for (const region of regions) {
    const shown = await normalised(fresh, region);
    expect(shown).toContain("stale-notice");
    expect(shown).not.toContain("waiting");
    expect(await normalised(page, region)).toBe(shown);
  }

  const back = performance.now();
  writeFileSync(INPUT, "");
  for (const one of [page, fresh]) await one.locator("#job .stale-notice").waitFor({ state: "detached" });
  await shows(page, "#job", /[1-9]\d done/);
  const mended = performance.now() - back;
  console.log(
    `killed in mid-job, its input gone: ${regions.length} regions of an open page say so ${said.toFixed(0)} ms later, a fresh page at once; ` +
      `with its input back the notice is gone after ${mended.toFixed(0)} ms`,
  );
});
