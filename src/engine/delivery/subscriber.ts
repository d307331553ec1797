import { caughtUp, NOWHERE, type ReaderPlace } from "./catch-up.ts";
import type { Group } from "./group.ts";

/** Where a stream's bytes go: a socket, or an HTTP/2 response. */
export interface Sink {
  /** Queues bytes. @returns false if no more should be written until {@link Subscriber.drained} is called */
  write(bytes: Buffer): boolean;
  /** Ends the stream after what was written. */
  end(): void;
}

/** What a subscriber needs of its broker. */
export interface Feed {
  /** Brings everyone who is caught up to the log's newest entry. @returns its seq */
  flush(): number;
  cursor(seq: number): string;
  /** The last words of a stream that shows nothing but ended topics. */
  readonly goodbye: Buffer;
  /** Told once, when the stream is over. */
  left(subscriber: Subscriber): void;
}

/**
 * One open stream and the regions that it asked for.
 *
 * It is either caught up, like all others of its group that are, or behind at its cursor. It falls behind when its
 * socket does not drain; what is then published costs it no memory, and once the socket has drained it catches up from
 * what its regions show, just as one that has come, or come back.
 */
export class Subscriber {
  readonly group: Group;
  readonly #sink: Sink;
  readonly #feed: Feed;
  #place: ReaderPlace;
  #closed = false;

  constructor(group: Group, sink: Sink, place: ReaderPlace, feed: Feed) {
    this.group = group;
    this.#sink = sink;
    this.#place = place;
    this.#feed = feed;
    group.members.add(this);
  }

  /**
   * The same events for the whole group: as one batch where that is small, else one by one, so that no more than one
   * event is queued beyond the socket's limit.
   */
  send(events: readonly { seq: number; bytes: Buffer }[], batch: Buffer | undefined, place: ReaderPlace): void {
    if (batch === undefined) {
      for (const { seq, bytes } of events) {
        this.#place = caughtUp(seq);
        if (!this.#write(bytes)) return;
      }
    }
    this.#place = place;
    if (batch !== undefined) this.#write(batch);
  }

  /** What belongs to no region, such as a heartbeat. Who is behind has bytes enough to read. */
  tell(bytes: Buffer): void {
    if (this.group.ready.has(this)) this.#write(bytes);
  }

  /** The sink has room again. */
  drained(): void {
    if (!this.#closed && !this.group.ready.has(this)) this.catchUp();
  }

  /** Writes what it lacks; it is then caught up, unless the sink filled up. */
  catchUp(): void {
    this.group.ready.delete(this);
    const now = this.#feed.flush();
    for (let done = false; !done; ) {
      const step = this.group.step(this.#place, now, this.#feed.cursor);
      ({ done, place: this.#place } = step);
      if (done) this.group.ready.add(this);
      if (step.bytes !== undefined && !this.#write(step.bytes)) return;
    }
    if (this.group.ended) this.finish();
  }

  /** Other templates: everything that the page shows is sent afresh. */
  startOver(): void {
    this.#place = NOWHERE;
    if (this.group.ready.has(this)) this.catchUp(); // else once its socket has drained
  }

  /** Ends the stream for good: nothing can come on it any more. */
  finish(): void {
    if (!this.group.ready.has(this)) return; // once it has caught up
    this.#write(this.#feed.goodbye);
    this.end();
  }

  /** Ends the stream; the page comes back. */
  end(): void {
    if (this.#closed) return;
    this.close();
    this.#sink.end();
  }

  /** The reader has gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.group.ready.delete(this);
    this.group.members.delete(this);
    this.#feed.left(this);
  }

  greet(bytes: Buffer): void {
    this.#sink.write(bytes); // before any catch-up
  }

  #write(bytes: Buffer): boolean {
    if (this.#sink.write(bytes)) return true;
    this.group.ready.delete(this);
    return false;
  }
}
