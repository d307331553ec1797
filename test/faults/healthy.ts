import { connect, type Socket } from "node:net";

const MARK = Buffer.from('data-sent="');

/** Readers that read at once, and tell how old each value was when it came. */
export class Healthy {
  readonly #sockets: Socket[];
  #ages: number[] = [];
  #heard = 0;
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

  /** The ages in ms, until so many values have come: of those that come together, the newest one's. */
  async ages(count: number): Promise<number[]> {
    this.#ages = [];
    this.#heard = 0;
    await new Promise<void>((resolve) => {
      this.#noted = () => this.#heard >= count && resolve();
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
    // All of them count: a machine that is slow brings many at once, and need not hear more for that.
    for (let mark = chunk.indexOf(MARK); mark >= 0; mark = chunk.indexOf(MARK, mark + 1)) this.#heard++;
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
