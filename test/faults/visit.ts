import type { Page } from "playwright-core";
import { AWAY, opened, type useChromium } from "../support/browser.ts";
import type { Program } from "../support/program.ts";
import { FaultyProxy } from "../support/proxy.ts";

/** One page, and the way between it and its server. */
export interface Visit {
  readonly page: Page;
  readonly proxy: FaultyProxy;
  /** When it met its first 5xx in this schedule. */
  unavailable: number | undefined;
}

/** Opens the board. What faults write to its console is allowed; a swap that misses its target is not among it. */
export async function visit(chromium: ReturnType<typeof useChromium>, program: Program): Promise<Visit> {
  chromium.allow(...AWAY);
  const proxy = await FaultyProxy.open(program.port);
  const page = await chromium.open(`${proxy.origin}/board`);
  // Seen once, on a busy machine: a page of a cluster that has just started, whose stream was not open after 20 s. What is proved
  // begins with pages that are alive; that one was not is printed, and not hidden.
  await opened(page).catch(async () => {
    const state = await page.evaluate(
      () => `${document.readyState}, htmx ${"htmx" in globalThis ? "there" : "missing"}`,
    );
    console.log(`a page was loaded again, since its stream did not open: ${state}`);
    await page.reload();
    await opened(page);
  });
  return { page, proxy, unavailable: undefined };
}
