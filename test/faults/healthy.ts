import { connect, type Socket } from "node:net";

const MARK = Buffer.from('data-sent="');

/** Readers that read at once, and tell how old each value was when it came. */
export class Healthy {
  readonly #sockets: Socket[];
  #ages: number[] = [];
  #noted: () => void = () => {};

  constructor(port: number, regions: string, count: number) {
    this.#sockets = Array.from(
      { length: count },
      () =>
        connect(port, "127.0.0.1")
          .on("data", (chunk: Buffer) => this.#note(chunk))
          .on("error", () => {}), // reset, when its server goes first
    );
    for (const socket of this.#sockets) {
      socket.write(`GET /events?regions=${regions} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    }
  }

  /** The ages of so many values that come from now on, in ms. */
  async ages(count: number): Promise<number[]> {
    this.#ages = [];
    await new Promise<void>((resolve) => {
      this.#noted = () => this.#ages.length >= count && resolve();
    });
    return this.#ages;
  }

  leave(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #note(chunk: Buffer): void {
    const now = performance.timeOrigin + performance.now();
    // The newest of a chunk's: the older ones of a catch-up are what was missed, and late by nature. One that is cut in two by a
    // chunk's end is not counted.
    const at = chunk.lastIndexOf(MARK);
    if (at < 0) return;
    const sent = /^[\d.]+(?=")/.exec(chunk.subarray(at + MARK.length, at + 40).toString("latin1"))?.[0];
    if (sent === undefined) return;
    this.#ages.push(now - Number(sent));
    this.#noted();
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function p99(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(0.99 * values.length) - 1]!;
}
