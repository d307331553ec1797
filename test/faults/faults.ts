/// <reference lib="dom" />
import { eventually, streamed } from "../support/browser.ts";
import type { Program } from "../support/program.ts";
import type { FaultyProxy } from "../support/proxy.ts";
import type { Templates } from "./board.ts";
import type { Load } from "./load.ts";
import type { Random } from "./random.ts";
import type { Visit } from "./visit.ts";

/** One process of the program, and the templates that it shows. */
export interface Server {
  readonly program: Program;
  readonly templates: Templates;
}

export interface Scene {
  readonly load: Load;
  readonly random: Random;
}

/** Begins. What it returns ends it, and resolves once nothing of it is left but its consequences. */
export type Fault<On> = (scene: Scene, on: On) => Promise<() => Promise<unknown>>;

export type Faults<On> = Readonly<Record<string, Fault<On>>>;

export const pageFaults: Faults<Visit> = {
  unavailable: async (_, visit) => {
    visit.unavailable ??= performance.now();
    const { proxy } = visit;
    const before = proxy.connections;
    proxy.set("unavailable");
    proxy.reset();
    // Only a page that has met it has lost its Last-Event-ID.
    await eventually(
      () => proxy.connections,
      (count) => count > before,
      60_000,
    );
    return async () => proxy.set("pass");
  },
  reset: async (_, { proxy }) => {
    return async () => proxy.reset();
  },
  cut: async ({ random }, { proxy }) => {
    // Half of them within the first events of a stream, where catch-up is.
    const bytes = random.from(0, random.pick([2_000, 100_000]));
    return () => proxy.cutAfter(bytes);
  },
  end: async (_, { proxy }) => {
    return async () => proxy.end();
  },
  offline: async (_, { page }) => {
    await page.context().setOffline(true);
    return () => page.context().setOffline(false);
  },
  back: async (_, visit) => {
    await arrive(visit, "/other", ({ page, proxy }) => page.goto(`${proxy.origin}/other`));
    return () => arrive(visit, "/board", ({ page }) => page.goBack({ waitUntil: "commit" }));
  },
  // Early in a page's life its URL is nearly true, and what came since is on the page already.
  remade: async (scene, visit) => {
    await arrive(visit, "/board", ({ page }) => page.reload());
    await eventually(
      () => streamed(visit.page),
      ({ open }) => open > 0,
      60_000,
    );
    await scene.load.more(50);
    return pageFaults.unavailable!(scene, visit);
  },
  stopped: async ({ load }, { proxy }) => {
    proxy.set("stall");
    load.flood(150);
    return async () => proxy.set("pass");
  },
  slow: async ({ load, random }, { page }) => {
    load.flood(20);
    const busy = page.evaluate(block, random.from(500, 2_000));
    return () => busy;
  },
  halfOpen: async (_, { proxy }) => halfOpen(proxy),
};

export const serverFaults: Faults<Server> = {
  none: async () => async () => {},
  killed: async (_, { program }) => {
    await program.stop("SIGKILL");
    return () => program.start();
  },
  restarted: async (_, { program }) => {
    await program.stop("SIGTERM");
    return () => program.start();
  },
  deployed: async ({ random }, { program, templates }) => {
    await program.stop(random.pick(["SIGKILL", "SIGTERM"]));
    templates.change();
    return () => program.start();
  },
  edited: async (_, { program, templates }) => {
    const version = templates.change();
    return () =>
      eventually(
        async () => (await fetch(`${program.origin}/board`)).text(),
        (html) => Number(/<b>v(\d+)<\/b>/.exec(html)?.[1]) >= version,
        60_000,
      );
  },
};

/** Swallows all that a way carries. @returns what ends it: no byte that was lost may be missed by a link that goes on */
export function halfOpen(way: FaultyProxy): () => Promise<void> {
  way.set("blackhole");
  return async () => {
    way.set("pass");
    way.reset();
  };
}

/** As a visitor who tries again where a page does not come. */
async function arrive(visit: Visit, path: string, go: (visit: Visit) => Promise<unknown>): Promise<void> {
  const { page, proxy } = visit;
  await go(visit).catch(() => {}); // the server may be down, or answer that it cannot: another fault
  await eventually(
    async () => {
      const looked = page.evaluate(
        (path) => location.pathname === path && document.getElementById("_stream") !== null,
        path,
      );
      const there = await looked.catch(elsewhere);
      if (there === false) await page.goto(proxy.origin + path);
      return there;
    },
    (there) => there === true,
    60_000,
  );
}

/** Runs in the page: nothing else does for so long. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** @returns that a page which was looked at was just leaving for another: it is to be looked at again @throws what else has failed */
function elsewhere(error: Error): "leaving" {
  if (!/Execution context was destroyed/.test(error.message)) throw error;
  return "leaving";
}
