import { type Fault, pageFaults, type Scene, serverFaults, type Visit } from "./faults.ts";

/** What is published, at most, while a fault holds. */
const MOST_MISSED = process.env.LONG === "1" ? 2_000 : 200;

/** What one page, or the server, goes through. */
export class Ordeal {
  readonly faults: readonly string[];
  /** Resolves once all but the last fault have begun and healed. */
  readonly ready: Promise<void>;
  readonly #begin: (name: string) => ReturnType<Fault<[]>>;

  constructor(scene: Scene, visit?: Visit) {
    const { random } = scene;
    // A restart resets most regions: what goes wrong without one must not be painted over in each schedule.
    const known =
      visit === undefined ? [...Object.keys(serverFaults), "none", "none", "none"] : Object.keys(pageFaults);
    this.faults = Array.from({ length: random.from(1, 3) }, () => random.pick(known));
    this.#begin = (name) => (visit === undefined ? serverFaults[name]!(scene) : pageFaults[name]!(scene, visit));
    this.ready = this.#go(scene);
  }

  /** Begins the last fault. @returns what ends it */
  last(): ReturnType<Fault<[]>> {
    return this.#begin(this.faults.at(-1)!);
  }

  async #go({ load, random }: Scene): Promise<void> {
    for (const name of this.faults.slice(0, -1)) {
      await load.more(random.from(0, 100));
      const heal = await this.#begin(name);
      await load.more(random.from(0, MOST_MISSED));
      await heal();
    }
  }
}
