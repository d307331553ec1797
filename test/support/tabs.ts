import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { FLAGS } from "./browser.ts";

/**
 * Debian's Chromium as its user has it: one window, in which every tab but one is in the background. What playwright starts
 * itself takes every page to be in sight.
 */
export class Tabs {
  readonly #child: ChildProcess;
  readonly #dir: string;
  readonly #browser: Browser;

  static async open(): Promise<Tabs> {
    const dir = await mkdtemp(join(tmpdir(), "brooklet-tabs-"));
    const args = [...FLAGS, "--headless", "--remote-debugging-port=0", `--user-data-dir=${dir}`, "about:blank"];
    const child = spawn("/usr/bin/chromium", args, { stdio: ["ignore", "ignore", "pipe"] });
    // A test run that ends in the middle must not leave a browser behind.
    const end = () => child.kill("SIGKILL");
    process.once("exit", end);
    child.once("exit", () => process.off("exit", end));
    let said = "";
    for await (const chunk of child.stderr.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
      said += chunk;
      const [, url] = /listening on (ws:\S+)/.exec(said) ?? [];
      if (url === undefined) continue;
      child.stderr.resume(); // a full pipe would stop it
      return new Tabs(child, dir, await chromium.connectOverCDP(url, { noDefaults: true }));
    }
    throw new Error(`Chromium did not start. It said: ${said.trim()}`);
  }

  private constructor(child: ChildProcess, dir: string, browser: Browser) {
    this.#child = child;
    this.#dir = dir;
    this.#browser = browser;
  }

  get window(): BrowserContext {
    return this.#browser.contexts()[0]!;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, "exit");
      this.#child.kill();
      await gone;
    }
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
