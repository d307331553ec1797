/** A rise counts once it has lasted so long: a stream that moves may be open twice for a moment. */
const RISE_MS = 300;
/** A fall counts once it has lasted so long: after a reload, or a stream's end, a page is back by then. */
const FALL_MS = 1_500;

/** A number that is still while it only flickers: a change counts once it has lasted, and one that is undone never does. */
export class Settled {
  #value: number | undefined;
  readonly #onChange: () => void;
  /** Those that do not count yet, oldest first: all of them rises, or all falls. */
  #changes: { by: number; due: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param value to begin with; without one, the first that is set counts at once */
  constructor(value: number | undefined, onChange: () => void) {
    this.#value = value;
    this.#onChange = onChange;
  }

  get value(): number | undefined {
    return this.#value;
  }

  set(number: number): void {
    if (this.#value === undefined) {
      this.#value = number;
      this.#onChange();
      return;
    }
    let by = number - this.#changes.reduce((sum, change) => sum + change.by, this.#value);
    // The newest first: who left long ago is not kept in by others who come and go.
    for (let last = this.#changes.at(-1); last !== undefined && by * last.by < 0; last = this.#changes.at(-1)) {
      const undone = Math.sign(by) * Math.min(Math.abs(by), Math.abs(last.by));
      last.by += undone;
      by -= undone;
      if (last.by === 0) this.#changes.pop();
    }
    if (by !== 0) this.#changes.push({ by, due: performance.now() + (by > 0 ? RISE_MS : FALL_MS) });
    this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#changes = [];
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const [first] = this.#changes;
    if (first !== undefined) this.#timer = setTimeout(() => this.#settle(), first.due - performance.now()).unref();
  }

  #settle(): void {
    const now = performance.now();
    while (this.#changes[0] !== undefined && this.#changes[0].due <= now + 1) this.#value! += this.#changes.shift()!.by;
    this.#onChange();
    this.#wait();
  }
}
