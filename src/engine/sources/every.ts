import type { Json } from "../core/json.ts";
import type { Topic } from "../core/topic.ts";
import { wait } from "../core/wait.ts";

export interface SourceContext {
  readonly topic: Topic;
  /** The topic's segments after the first: `["ACME"]` for `price/ACME`. */
  readonly params: readonly string[];
  /** The topic's newest value when the source starts, so that one that was stopped or killed can go on from there. */
  readonly latest: Json | undefined;
  /** Aborted when the values are no longer wanted. */
  readonly signal: AbortSignal;
}

/**
 * How something outside stands now, rather than what has just happened: published only where the topic shows otherwise, so
 * that a source that starts again repeats nothing. Undefined: there is none, and the topic goes back to waiting.
 */
export class Standing {
  readonly value: Json | undefined;

  constructor(value: Json | undefined) {
    this.value = value;
  }
}

/** Where a source has got to in what it reads, and the value that it read before that, if there is one. */
export class Placed {
  /** In the source's own words. */
  readonly place: string;
  readonly value: Json | undefined;

  constructor(place: string, value?: Json) {
    this.place = place;
    this.value = value;
  }
}

/** A source that can go on where it was. The log keeps its place with each value, in one step, so that none is read twice. */
export interface Resumable extends AsyncIterable<Json> {
  /** @param place the last one that was kept */
  from(place: string | undefined): AsyncIterable<Placed>;
}

export type Yielded = Json | Standing | Placed;

/** What publishes to a topic. A function serves a family: it is called once for each topic that a page needs. */
export type Source = AsyncIterable<Yielded> | ((context: SourceContext) => AsyncIterable<Yielded>);

export interface SourceModule {
  readonly source: Source;
  /** Whether it runs from start to end of the server, readers or not. */
  readonly always: boolean;
}

/** A source that runs although no page needs it: `export default always(every(60_000, …))`. */
export function always(source: Source): SourceModule {
  return { source, always: true };
}

export interface Every {
  /** Read on the full multiples of the interval, by the wall clock. */
  aligned?: boolean;
}

/** A value at once, and then one each `ms`. A slow read makes the ticks that it covers be missed, so that none pile up. */
export function every(
  ms: number,
  read: (signal: AbortSignal) => Json | Promise<Json>,
  { aligned = false }: Every = {},
): AsyncIterable<Json> {
  return {
    [Symbol.asyncIterator]() {
      const stop = new AbortController();
      const values = ticks(ms, read, aligned, stop);
      return {
        next: () => values.next(),
        // A generator's own return() would wait for the tick that it sleeps towards.
        return() {
          stop.abort();
          return values.return(undefined);
        },
      };
    },
  };
}

async function* ticks(
  ms: number,
  read: (signal: AbortSignal) => Json | Promise<Json>,
  aligned: boolean,
  stop: AbortController,
): AsyncGenerator<Json, undefined> {
  try {
    for (let due = performance.now(); !stop.signal.aborted; ) {
      yield await read(stop.signal);
      const late = performance.now() - due;
      due += ms * Math.max(1, Math.ceil(late / ms));
      // One millisecond more, since a timer may fire so much too early, and the clock would show the old second.
      await wait(aligned ? ms - (Date.now() % ms) + 1 : due - performance.now(), stop.signal);
    }
  } finally {
    // A read that threw is over, too: what it holds on to for its signal's sake is let go.
    stop.abort();
  }
}

/** Only the values. */
export function plain(placed: AsyncIterable<Placed>): AsyncIterable<Json> {
  return {
    [Symbol.asyncIterator]() {
      const values = placed[Symbol.asyncIterator]();
      return {
        async next() {
          for (;;) {
            const { done, value } = await values.next();
            if (done) return { done, value: undefined };
            if (value.value !== undefined) return { done, value: value.value };
          }
        },
        async return() {
          await values.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
