import type { Content } from "../content/content.ts";
import type { Audience } from "./audience.ts";
import { jsonCatchUp, pageCatchUp } from "./catch-up.ts";

/** Where a stream's bytes go: a socket, or an HTTP/2 response. */
export interface Sink {
  /** Queues bytes. @returns false if no more should be written until {@link Subscriber.drained} is called */
  write(bytes: Buffer): boolean;
  /** Ends the stream after what was written. */
  end(): void;
}

/** Where a reader is when it comes. */
export interface Start {
  /** It has everything up to this seq; -1: that is not known, and it needs everything afresh. */
  readonly cursor: number;
  /** It has nothing newer either: the births that it missed can be added to what it has. */
  readonly exact: boolean;
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
 * It is either caught up, like all others of its audience that are, or behind at its cursor. It falls behind when its
 * socket does not drain; what is then published costs it no memory, and once the socket has drained it catches up from
 * what its regions show, just as one that has come, or come back.
 */
export class Subscriber {
  readonly audience: Audience;
  readonly #sink: Sink;
  readonly #feed: Feed;
  #cursor: number;
  #exact: boolean;
  #closed = false;
  /** Regions that a catch-up of several events has already reset, and where. Empty otherwise. */
  #resets = new Map<Content, number>();

  constructor(audience: Audience, sink: Sink, { cursor, exact }: Start, feed: Feed) {
    this.audience = audience;
    this.#sink = sink;
    this.#cursor = cursor;
    this.#exact = exact;
    this.#feed = feed;
    audience.members.add(this);
  }

  /**
   * The same events for the whole audience: as one batch where that is small, else one by one, so that no more than one
   * event is queued beyond the socket's limit.
   */
  send(events: readonly { seq: number; bytes: Buffer }[], batch: Buffer | undefined, position: number): void {
    if (batch === undefined) {
      for (const { seq, bytes } of events) {
        this.#cursor = seq;
        if (!this.#write(bytes)) return;
      }
    }
    this.#cursor = position;
    if (batch !== undefined) this.#write(batch);
  }

  /** What belongs to no region, such as a heartbeat. Who is behind has bytes enough to read. */
  tell(bytes: Buffer): void {
    if (this.audience.ready.has(this)) this.#write(bytes);
  }

  /** The sink has room again. */
  drained(): void {
    if (!this.#closed && !this.audience.ready.has(this)) this.catchUp();
  }

  /** Writes what it lacks; it is then caught up, unless the sink filled up. */
  catchUp(): void {
    const now = this.#feed.flush();
    const id = this.#feed.cursor(now);
    const has = (content: Content) => this.#resets.get(content) ?? this.#cursor;
    const exact = (content: Content) => this.#exact || this.#resets.has(content);
    for (;;) {
      const { contents, as } = this.audience;
      const { bytes, reset } =
        as === "json"
          ? jsonCatchUp(contents, has, this.#feed.cursor, id)
          : pageCatchUp(contents, has, exact, this.#resets.size > 0, id);
      if (reset === undefined) {
        this.#resets.clear();
        this.#cursor = now;
        this.#exact = true;
        this.audience.ready.add(this);
        if (bytes !== undefined) this.#write(bytes);
        if (this.audience.ended) this.finish();
        return;
      }
      this.#resets.set(reset, now);
      if (!this.#write(bytes!)) return;
    }
  }

  /** Other templates: everything that the page shows is sent afresh. */
  startOver(): void {
    const ready = this.audience.ready.delete(this);
    this.#resets.clear();
    this.#cursor = -1;
    this.#exact = false;
    if (ready) this.catchUp(); // else once its socket has drained
  }

  /** Ends the stream for good: nothing can come on it any more. */
  finish(): void {
    if (!this.audience.ready.has(this)) return; // once it has caught up
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
    this.audience.ready.delete(this);
    this.audience.members.delete(this);
    this.#feed.left(this);
  }

  greet(bytes: Buffer): void {
    this.#sink.write(bytes); // before any catch-up
  }

  #write(bytes: Buffer): boolean {
    if (this.#sink.write(bytes)) return true;
    this.audience.ready.delete(this);
    return false;
  }
}
