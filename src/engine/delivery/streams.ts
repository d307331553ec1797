import { type Cursor, parseCursor } from "../core/cursor.ts";
import { encodeEvent } from "../core/event.ts";
import type { Region } from "../core/region.ts";
import { wait } from "../core/wait.ts";
import type { Renderer } from "../core/widget.ts";
import { caughtUpTo, type ReaderPosition, UNKNOWN_POSITION } from "./catch-up.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Hub, StreamFormat } from "./hub.ts";
import { Notices } from "./notices.ts";
import { type Sink, Subscriber } from "./subscriber.ts";

/** What a reader asks for. */
export interface Subscription {
  readonly regions: readonly Region[];
  readonly as: StreamFormat;
  /** The `Last-Event-ID` header, as it came. */
  readonly lastEventId?: string | undefined;
  /** The URL's cursor, as it came. */
  readonly cursor?: string | undefined;
}

/** How long a reader waits where it comes with a cursor from another node that this node has not reached yet. */
const MAX_BEHIND_MS = 1_000;

/** All open streams: how each begins, what all are told besides their regions, and how each ends. */
export class Streams {
  readonly #hub: Hub;
  readonly #heartbeat: Heartbeat;
  readonly #notices = new Notices();
  #draining = false;

  /** @param heartbeatMs between two heartbeats of a stream */
  constructor(hub: Hub, heartbeatMs: number) {
    this.#hub = hub;
    this.#heartbeat = new Heartbeat(heartbeatMs, (subscribers) => this.#beat(subscribers));
  }

  /** How many streams are open. */
  get size(): number {
    return this.#heartbeat.size;
  }

  /**
   * Opens a stream, and writes to the sink what the reader has missed.
   * @throws Problem 404 `topic_unknown`, 400 `region_invalid` to a program; 503 `broker_unavailable`. Nothing is written before
   */
  async open({ regions, as, lastEventId, cursor }: Subscription, sink: Sink): Promise<Subscriber> {
    const hub = this.#hub;
    // A program is told of a region that does not exist; in a page, which may be older than the last deploy, the region says
    // so.
    if (as === "json") for (const region of regions) hub.renderer.check(region);
    const cursorGiven = parseCursor(lastEventId || cursor || "");
    if (cursorGiven !== undefined) await hub.position.waitForPage(cursorGiven, MAX_BEHIND_MS);
    const liveTopics = await hub.topics.holdAll(regions.map(({ topic }) => topic));
    hub.flush();
    // From here to the first catch-up nothing is awaited, so that no entry can come between joining the group and reading the
    // regions.
    const contents = regions.map((region, i) => hub.content(as, region, liveTopics[i]!));
    const subscriber = new Subscriber(
      hub.fanOut.group(as, contents),
      sink,
      this.#positionAt(cursorGiven, as, !!lastEventId),
      {
        flush: hub.flush,
        cursor: hub.cursor,
        endEvents: endEvents(as, hub.renderer),
        onClose: (subscriber) => {
          this.#heartbeat.delete(subscriber);
          hub.fanOut.dropIfEmpty(subscriber.group);
          for (const liveTopic of liveTopics) hub.topics.release(liveTopic);
        },
      },
    );
    this.#begin(subscriber, as, cursorGiven);
    return subscriber;
  }

  /** Puts other templates in place: every region of every page is rendered and sent anew. */
  refresh(renderer: Renderer): void {
    if (renderer.shell !== this.#hub.renderer.shell) this.#notices.markOutdated(this.#heartbeat);
    this.#hub.rerender(renderer);
    this.#sendToAll(this.#heartbeat, "");
    this.resetAll();
  }

  /** Sends every region of every page anew, since what was sent before is void. */
  resetAll(): void {
    for (const subscriber of this.#heartbeat) subscriber.reset();
  }

  /** Shows a template's mistake on every page; "" takes it away. */
  notify(text: string): void {
    this.#notices.mistake = text;
    this.#sendToAll(this.#heartbeat, "");
  }

  /** Says on every page that it may be old, while the log cannot be reached. */
  reachable(is: boolean): void {
    this.#notices.reachable = is;
    this.#sendToAll(this.#heartbeat, this.#hub.renderer.pulse(this.#notices.health));
  }

  /** Ends all streams, spread over `ms`, so that ten thousand pages do not come back in one second. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    const leaving = [...this.#heartbeat];
    const start = performance.now();
    for (const [i, subscriber] of leaving.entries()) {
      const earlyMs = start + (ms * i) / leaving.length - performance.now();
      if (earlyMs > 1) await wait(earlyMs);
      subscriber.end();
    }
  }

  stop(): void {
    this.#heartbeat.stop();
    for (const subscriber of this.#heartbeat) subscriber.end();
  }

  /**
   * Where a reader is that comes with a cursor: nowhere known, unless the cursor can be trusted.
   * @param byHeader whether the cursor is from `Last-Event-ID`, and not from the URL
   */
  #positionAt(cursorGiven: Cursor | undefined, as: StreamFormat, byHeader: boolean): ReaderPosition {
    if (cursorGiven === undefined || !this.#hub.knows(cursorGiven, as)) return UNKNOWN_POSITION;
    // A page may make a new EventSource, which forgets the last id and sends the URL's old cursor. The page then has newer
    // items
    // already, and adding them again would double them.
    return { ...caughtUpTo(cursorGiven.seq), nothingNewer: byHeader || as === "json" };
  }

  #begin(subscriber: Subscriber, as: StreamFormat, cursorGiven: Cursor | undefined): void {
    // Jitter: pages that lost one node should not all come back in the same instant.
    const retry = 300 + Math.random() * 300;
    if (this.#draining) {
      subscriber.sendFirst(encodeEvent({ retry: 1_000 + 3 * retry }));
      subscriber.end();
      return;
    }
    const { renderer } = this.#hub;
    if (cursorGiven !== undefined && cursorGiven.shell !== renderer.shell) this.#notices.markOutdated([subscriber]);
    const data = renderer.pulse(this.#notices.health) + renderer.notice(this.#notices.for(subscriber));
    subscriber.sendFirst(encodeEvent({ retry, data: as === "html" ? data : undefined }));
    this.#heartbeat.add(subscriber);
    subscriber.catchUp();
  }

  #beat(subscribers: Iterable<Subscriber>): void {
    // With the present id, or the cursor of readers of quiet topics would grow too old to go on from; and with the notice, for
    // those that were behind when it changed.
    const id = this.#hub.cursor(this.#hub.flush());
    this.#sendToAll(subscribers, this.#hub.renderer.pulse(this.#notices.health, id), id);
    this.#hub.topics.sweep();
  }

  /** @param data what pages are sent before the notice; programs are sent the id alone */
  #sendToAll(subscribers: Iterable<Subscriber>, data: string, id?: string): void {
    const json = encodeEvent({ id });
    const html = new Map<string, Buffer>();
    for (const subscriber of subscribers) {
      const notice = this.#hub.renderer.notice(this.#notices.for(subscriber));
      if (!html.has(notice)) html.set(notice, encodeEvent({ id, data: data + notice }));
      subscriber.sendIfCaughtUp(subscriber.group.as === "html" ? html.get(notice)! : json);
    }
  }
}

/** What is written last to a stream all of whose topics have ended: pages do not open it again. */
function endEvents(as: StreamFormat, renderer: Renderer): Buffer {
  const end = encodeEvent({ event: "end", data: "" });
  return as === "json" ? end : Buffer.concat([encodeEvent({ data: renderer.pulse("ended") }), end]);
}
