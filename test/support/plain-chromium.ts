import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Browser, chromium } from "playwright-core";

/**
 * Chromium as visitors have it. One that Playwright starts takes each tab for one that is looked at, freezes none, and keeps no page
 * for the back button. So do the contexts that are made by `newContext`; its own window is `contexts()[0]`, whose `close` would close
 * the browser.
 */
export async function plainChromium(executablePath: string, flags: readonly string[]): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "brooklet-chromium-"));
  const args = [...flags, "--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"];
  const child = spawn(executablePath, args, { stdio: ["ignore", "ignore", "pipe"] });
  const browser = await chromium.connectOverCDP(await addressOf(child), { noDefaults: true });
  browser.close = async () => {
    const gone = once(child, "exit");
    child.kill();
    await gone;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return browser;
}

async function addressOf(child: ChildProcessByStdio<null, null, Readable>): Promise<string> {
  let said = "";
  for await (const chunk of child.stderr.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    said += chunk;
    const [, address] = /^DevTools listening on (ws:\S+)/m.exec(said) ?? [];
    if (address === undefined) continue;
    child.stderr.resume();
    return address;
  }
  throw new Error(`Chromium did not start: ${said}`);
}
