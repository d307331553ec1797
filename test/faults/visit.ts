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
  await opened(page);
  return { page, proxy, unavailable: undefined };
}
