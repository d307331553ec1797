import type { Metrics } from "../ops/metrics.ts";
import { caughtUpTo, type ReaderPosition, UNKNOWN_POSITION } from "./catch-up.ts";
import type { Piece } from "./encoding/encoding.ts";
import type { Group } from "./group.ts";

/** Where a stream's bytes go: a socket, or an HTTP/2 stream. */
export interface Sink {
  /** Queues bytes. @returns false if no more should be written before {@link Subscriber.onDrain} has been called */
  write(bytes: Buffer): boolean;
  /** Ends the stream, after what has been written. */
  end(): void;
  /**
   * There while the stream may yet be compressed: to be called before anything is written, where all that is written will be a
   * gzip stream.
   */
  compress?: (() => void) | undefined;
}

/** What a subscriber needs besides its group and its sink. */
export interface SubscriberParts {
  /** A page's, see {@link Subscriber.id}. */
  readonly id: string | undefined;
  /**
   * Sends everything that is pending to all who are caught up.
   * @returns the seq of the newest entry that this node has applied
   */
  flush(): number;
  /** The cursor, as it is sent, for a seq. */
  cursor(seq: number): string;
  /** What is written last to a stream all of whose topics have ended, so that it is not opened again. */
  endEvents(as: Group["as"]): Buffer;
  readonly metrics: Metrics;
  /** Called once, when the stream has ended or its reader has gone. */
  onClose(subscriber: Subscriber): void;
}

/**
 * One open stream and the regions that it asked for.
 *
 * It is either caught up, and then in its group's set of that name and sent what the group is sent; or it is behind, at its own
 * position. It falls behind when its socket is full. What is published then costs it no memory: once the socket has drained, it
 * catches up from what its regions show by then, exactly as a reader that has just connected, or come back.
 */
export class Subscriber {
  readonly group: Group;
  readonly #sink: Sink;
  readonly #parts: SubscriberParts;
  #position: ReaderPosition;
  /** Whether the catch-up under way has sent anything. */
  #lacked = false;
  #closed = false;
  /** How often its sink had room again after it was full. */
  drains = 0;

  /** It begins behind, at `position`: call `sendFirst`, then `catchUp`. */
  constructor(group: Group, sink: Sink, position: ReaderPosition, parts: SubscriberParts) {
    this.group = group;
    this.#sink = sink;
    this.#position = position;
    this.#parts = parts;
    group.members.add(this);
  }

  /** By which a page is known when it says that it is still there. Programs have none. */
  get id(): string | undefined {
    return this.#parts.id;
  }

  /** Takes events that the whole group is sent: no more than one piece waits in the process beyond what the socket takes. */
  send(pieces: readonly Piece[], position: ReaderPosition): void {
    const last = pieces.length - 1;
    for (let i = 0; i < last; i++) {
      const { seq, bytes, events } = pieces[i]!;
      this.#position = caughtUpTo(seq);
      if (!this.#writeCounted(bytes, events)) return;
    }
    this.#position = position;
    const { bytes, events } = pieces[last]!;
    if (last === 0) this.#write(bytes);
    else this.#writeCounted(bytes, events);
  }

  /** Takes what belongs to no region, such as a heartbeat. */
  tell(bytes: Buffer): void {
    this.#write(bytes);
  }

  /** To be called whenever the sink has room again. */
  onDrain(): void {
    this.drains++;
    if (!this.#closed && !this.group.caughtUp.has(this)) this.catchUp();
  }

  /** Writes all that it lacks. It is caught up then, unless the sink is full before: then it goes on at `onDrain`. */
  catchUp(): void {
    this.group.leave(this);
    const now = this.#parts.flush();
    for (let done = false; !done; ) {
      const batch = this.group.nextBatch(this.#position, now, this.#parts.cursor);
      ({ done, position: this.#position } = batch);
      if (done) this.group.join(this);
      if (batch.bytes !== undefined) this.#lacked = true;
      if (done && this.#lacked) {
        this.#lacked = false;
        this.#parts.metrics.catchUps++;
      }
      if (batch.bytes !== undefined && !this.#writeCounted(this.group.encoding.catchUp(batch.bytes))) return;
    }
    if (this.group.ended) this.endForGood();
  }

  /** Sends every region anew, since what was sent before is void. */
  reset(): void {
    this.#position = UNKNOWN_POSITION;
    if (this.group.caughtUp.has(this)) this.catchUp(); // else at `onDrain`
  }

  /** Ends the stream in such a way that the page does not come back: all its topics have ended. */
  endForGood(): void {
    if (!this.group.caughtUp.has(this)) return; // `catchUp` calls this again at its end
    this.#writeCounted(this.group.encoding.own(this, this.#parts.endEvents(this.group.as)));
    this.end();
  }

  /** Ends the stream in such a way that the page opens it again, perhaps on another node. */
  end(): void {
    if (this.#closed) return;
    this.close();
    this.#sink.end();
  }

  /** To be called when the reader has gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.group.leave(this);
    this.group.members.delete(this);
    this.#parts.onClose(this);
  }

  /** Writes the beginning of the stream. To be called once, before `catchUp`. */
  sendFirst(bytes: Buffer): void {
    const encoded = this.group.encoding.first(bytes);
    this.#parts.metrics.bytes += encoded.length;
    this.#sink.write(encoded);
  }

  /** Writes what is not counted for all readers at once. */
  #writeCounted(bytes: Buffer, events = 0): boolean {
    this.#parts.metrics.deliveries += events;
    this.#parts.metrics.bytes += bytes.length;
    return this.#write(bytes);
  }

  #write(bytes: Buffer): boolean {
    if (this.#sink.write(bytes)) return true;
    this.group.leave(this);
    return false;
  }
}
