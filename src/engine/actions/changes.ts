/**
 * The changes that a press makes. One that its author does not wait for is waited for all the same: else its visitor would be
 * told that it was taken though it was refused, and a rejection that nobody handles ends the process.
 */
export class Changes {
  readonly #begun: Change<void>[] = [];

  begin(made: Promise<void>): Promise<void> {
    const change = new Change<void>((resolve, reject) => void made.then(resolve, reject));
    made.catch(() => {});
    this.#begun.push(change);
    return change;
  }

  /** @throws whatever one threw that nobody has waited for */
  async settle(): Promise<void> {
    await Promise.all(this.#begun.filter(({ isAwaited }) => !isAwaited));
  }
}

/** Knows whether somebody waits for it, and so learns of its error. */
class Change<Made> extends Promise<Made> {
  isAwaited = false;

  // What is made of it is an ordinary promise.
  static override get [Symbol.species]() {
    return Promise;
  }

  constructor(run: ConstructorParameters<typeof Promise<Made>>[0]) {
    super(run);
    super.then(undefined, () => {}); // until somebody waits
  }

  // biome-ignore lint/suspicious/noThenProperty: only who calls it waits
  override then<Kept = Made, Refused = never>(
    onKept?: ((value: Made) => Kept | PromiseLike<Kept>) | null,
    onRefused?: ((reason: unknown) => Refused | PromiseLike<Refused>) | null,
  ): Promise<Kept | Refused> {
    this.isAwaited = true;
    return super.then(onKept, onRefused);
  }
}
