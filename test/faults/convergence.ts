import { expect } from "vitest";
import { atMost } from "./at-most.ts";
import { fresh, REGIONS, settled, shownOn } from "./board.ts";
import type { Scene } from "./faults.ts";
import { Load } from "./load.ts";
import type { Ordeal } from "./ordeal.ts";
import { percentile, Random } from "./random.ts";
import type { Visit } from "./visit.ts";

const PER_SECOND = 100;

/** Promise 7: a healthy page; one after faults; one behind 5xx, as long again as the outage, and at most so long. */
const HEALTHY = 2_000;
const HEALED = 20_000;
const MOST = 65_000;

/** A restart resets most regions: what goes wrong without one must not be painted over in each schedule. */
export const CALM = ["none", "none", "none"];

export interface Ordeals {
  readonly pages: readonly Ordeal[];
  /** Begun last: some faults of pages only begin while there is a server. */
  readonly servers: readonly Ordeal[];
}

interface Comparison {
  readonly since: number;
  /** For each page. */
  readonly bounds: readonly number[];
  readonly times: number[];
  readonly context: object;
}

/** Leads open pages through one schedule of faults after the other, and compares them with fresh pages of every server. */
export class Convergence {
  readonly diverged: object[] = [];
  readonly #visits: readonly Visit[];
  readonly #origins: readonly string[];
  readonly #healing: number[] = [];
  readonly #following: number[] = [];
  readonly #faults = new Map<string, number>();
  #published = 0;
  #behind5xx = 0;

  constructor(visits: readonly Visit[], origins: readonly string[]) {
    this.#visits = visits;
    this.#origins = origins;
  }

  /**
   * @param begin given the scene for each ordeal, begins them
   * @param flowing resolves once what is published is taken again; at once, by default
   */
  async run(seed: number, begin: (scene: () => Scene) => Ordeals, flowing = async () => {}): Promise<void> {
    const load = new Load(this.#origins, new Random(seed), PER_SECOND);
    load.start();
    for (const visit of this.#visits) visit.unavailable = undefined;
    let i = 0;
    // Choices of its own for each, so that they are the same whoever is first.
    const { pages, servers } = begin(() => ({ load, random: new Random(seed * 31 + i++) }));
    const ordeals = [...pages, ...servers];
    await Promise.all(ordeals.map(({ ready }) => ready));
    const heals = await Promise.all(pages.map((one) => one.last()));
    heals.push(...(await Promise.all(servers.map((one) => one.last()))));
    await load.more(50);
    await Promise.all(heals.map((heal) => heal()));
    const healed = performance.now();
    await Promise.all([load.stop(), flowing()]);

    for (const name of ordeals.flatMap(({ faults }) => faults)) {
      this.#faults.set(name, (this.#faults.get(name) ?? 0) + 1);
    }
    this.#published += load.acknowledged;
    expect(load.refused).toEqual([]);
    const bounds = this.#visits.map(({ unavailable = healed }) =>
      Math.min(MOST, Math.max(HEALED, healed - unavailable)),
    );
    this.#behind5xx = Math.max(this.#behind5xx, ...bounds);
    const context = { seed, faults: ordeals.map(({ faults }) => faults.join()) };
    await this.#compare(load, { since: healed, bounds, times: this.#healing, context });
    // Once more: a page that is right but deaf, or that hears everything twice, is not right for long.
    const since = performance.now();
    await this.#compare(load, { since, bounds: bounds.map(() => HEALTHY), times: this.#following, context });
  }

  /** How many pages were compared. */
  get compared(): number {
    return this.#healing.length;
  }

  /** Whatever was counted and measured, in one line. */
  get figures(): string {
    const kinds = [...this.#faults].map(([name, count]) => `${name} ${count}`).sort();
    const behind5xx = this.#behind5xx > HEALED ? ` (behind 5xx ${Math.round(this.#behind5xx)} ms)` : "";
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(this.#healing, share));
    return (
      `(${kinds.join(", ")}), ${this.#published} published: pages compared ${this.compared}, ` +
      `diverged ${this.diverged.length}, healed in p50 ${p50}, p99 ${p99}, max ${max} of ${HEALED} ms${behind5xx}; ` +
      `the next update max ${percentile(this.#following, 1)} of ${HEALTHY} ms`
    );
  }

  async #compare(load: Load, { since, bounds, times, context }: Comparison): Promise<void> {
    await load.last();
    const [origin, ...others] = this.#origins as [string, ...string[]];
    const right = await fresh(origin);
    const check = async (name: string, look: () => Promise<string[]>, bound: number) => {
      const shown = await settled(look, right, since + atMost(bound) - performance.now());
      const wrong = REGIONS.flatMap(({ name }, region) =>
        shown[region] === right[region] ? [] : [{ name, shown: shown[region], fresh: right[region] }],
      );
      if (wrong.length > 0) this.diverged.push({ ...context, name, updated: times === this.#following, wrong });
    };
    const open = this.#visits.map(async ({ page }, i) => {
      await check(`page ${i}`, shownOn(page), bounds[i]!);
      times.push(performance.now() - since);
    });
    // A fresh page is the same whichever server it is from.
    const further = others.map((other) => check(other, () => fresh(other), Math.min(...bounds)));
    await Promise.all([...open, ...further]);
  }
}
