import type { Faults, Scene } from "./faults.ts";

/** What is published, at most, while a fault holds. */
const MOST_MISSED = process.env.LONG === "1" ? 2_000 : 200;

/** What one page, one server, or the log behind them goes through. */
export class Ordeal<On = unknown> {
  /** The names of its faults, in order. */
  readonly faults: readonly string[];
  /** Resolves once all but the last fault have begun and healed. */
  readonly ready: Promise<void>;
  readonly #begin: (name: string) => Promise<() => Promise<unknown>>;

  /** @param names what to choose from: those that are there twice come twice as often */
  constructor(scene: Scene, on: On, faults: Faults<On>, names: readonly string[] = Object.keys(faults)) {
    const { random } = scene;
    this.faults = Array.from({ length: random.from(1, 3) }, () => random.pick(names));
    this.#begin = (name) => faults[name]!(scene, on);
    this.ready = this.#go(scene);
  }

  /** Begins the last fault. @returns what ends it */
  last(): Promise<() => Promise<unknown>> {
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
