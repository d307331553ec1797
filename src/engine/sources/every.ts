import type { CodeFile } from "../core/code-error.ts";
import type { Json, JsonLike } from "../core/json.ts";
import type { Topic } from "../core/topic.ts";
import { wait } from "../core/wait.ts";

/** What a source that is a function is given. */
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
 * What a source yields that reads how something is now, rather than what has just happened: it is published only where the
 * topic shows another value, so that a source that starts again repeats nothing. Undefined: there is no value any more, and the
 * topic is emptied.
 */
export class CurrentValue {
  readonly value: Json | undefined;

  constructor(value: Json | undefined) {
    this.value = value;
  }
}

/** What a {@link Resumable} source yields: a value, if there is one, and up to where it has read with it. */
export class Checkpointed {
  /** Written and understood by the source alone. */
  readonly checkpoint: string;
  readonly value: Json | undefined;

  constructor(checkpoint: string, value?: Json) {
    this.checkpoint = checkpoint;
    this.value = value;
  }
}

/**
 * A source that goes on where it was after a restart, on whatever node. The log keeps each value together with its checkpoint,
 * so that none is published twice or left out.
 */
export interface Resumable extends AsyncIterable<Json> {
  /** @param checkpoint the last one that was kept; undefined at the very first start */
  from(checkpoint: string | undefined): AsyncIterable<Checkpointed>;
}

/** What a source yields that has looked, and found that what it yielded last is still so. */
export const UNCHANGED: unique symbol = Symbol("unchanged");

/** A source that looks again and again. Whoever iterates it is given what is new alone. */
export interface Watching<Value> extends AsyncIterable<Value> {
  /** The same, and each time that it has looked and found nothing new. */
  looks(): AsyncIterable<Value | typeof UNCHANGED>;
}

export type Yielded = Json | CurrentValue | Checkpointed | typeof UNCHANGED;

/** What publishes to a topic. A function serves a family of topics: it is called once for each one that a page needs. */
export type Source = AsyncIterable<Yielded> | ((context: SourceContext) => AsyncIterable<Yielded>);

export interface SourceModule {
  readonly source: Source;
  /** Whether it runs from start to end of the server, readers or not. */
  readonly always: boolean;
  /** What it was read from, if that is a file. */
  readonly file?: CodeFile;
}

/** A source that runs although no page needs it: `export default always(every(60_000, …))`. */
export function always(source: Source): SourceModule {
  return { source, always: true };
}

export interface Every {
  /** Whether it reads at whole multiples of the interval, by the wall clock: with 1,000 ms, on the full second. */
  aligned?: boolean;
}

/**
 * A value at once, and then one each `ms`. Where a read takes longer than that, the reads that were due meanwhile are left out.
 * @throws TypeError for what is no time, or no function: read again and again without a pause, or failing again and again
 */
export function every(
  ms: number,
  read: (signal: AbortSignal) => JsonLike | Promise<JsonLike>,
  { aligned = false }: Every = {},
): AsyncIterable<Json> {
  if (!(Number.isFinite(ms) && ms > 0) || typeof read !== "function") {
    throw new TypeError("every() takes milliseconds, and then a function. Write: every(1000, () => …)");
  }
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
  read: (signal: AbortSignal) => JsonLike | Promise<JsonLike>,
  aligned: boolean,
  stop: AbortController,
): AsyncGenerator<Json, undefined> {
  try {
    for (let due = performance.now(); !stop.signal.aborted; ) {
      yield (await read(stop.signal)) as Json;
      const late = performance.now() - due;
      due += ms * Math.max(1, Math.ceil(late / ms));
      // One millisecond more, since a timer may fire so much too early, and the clock would show the old second.
      await wait(aligned ? ms - (Date.now() % ms) + 1 : due - performance.now(), stop.signal);
    }
  } finally {
    // Also where a read threw: whatever listens to the signal is then let go.
    stop.abort();
  }
}

/** The values of a resumable source, for whoever needs no checkpoints. */
export function valuesOnly(source: AsyncIterable<Checkpointed>): AsyncIterable<Json> {
  return picked(source, ({ value }) => value);
}

/** Makes a source of one that also yields {@link UNCHANGED}, so that what an author makes of its values needs not know that. */
export function watching<Value>(looks: AsyncIterable<Value | typeof UNCHANGED>): Watching<Value> {
  const news = picked(looks, (value) => (value === UNCHANGED ? undefined : (value as Value)));
  return { ...news, looks: () => looks };
}

/** What `pick` gives of each, but for undefined. */
function picked<From, To>(source: AsyncIterable<From>, pick: (value: From) => To | undefined): AsyncIterable<To> {
  return {
    [Symbol.asyncIterator]() {
      const values = source[Symbol.asyncIterator]();
      return {
        async next() {
          for (;;) {
            const { done, value } = await values.next();
            if (done) return { done, value: undefined };
            const given = pick(value);
            if (given !== undefined) return { done, value: given };
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
