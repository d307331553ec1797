import { type Cursor, parseCursor, UNKNOWN } from "../core/cursor.ts";
import { encodeEvent } from "../core/event.ts";
import type { Region } from "../core/region.ts";
import { wait } from "../core/wait.ts";
import type { Renderer } from "../core/widget.ts";
import type { ResetReason } from "../ops/metrics.ts";
import type { Content } from "../regions/content.ts";
import { Asking, type AskingPage, type News } from "./asking.ts";
import { caughtUpTo, type ReaderPosition, UNKNOWN_POSITION } from "./catch-up.ts";
import type { Group } from "./group.ts";
import { HEARTBEAT_MS, Heartbeat } from "./heartbeat.ts";
import type { Hub, StreamFormat } from "./hub.ts";
import { Liveness } from "./liveness.ts";
import { Notices } from "./notices.ts";
import { ReaderCounts } from "./reader-counts.ts";
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
/** How long a page takes on average to come back on another node, when this one has ended its stream. */
const MOVING_MS = 450;

export interface StreamsParts {
  readonly hub: Hub;
  /** Between two heartbeats of a stream; by default as often as the pages expect. */
  readonly heartbeatMs?: number | undefined;
  /** This node's name. */
  readonly node: string;
  /** Between two questions to a page whether it is still there. */
  readonly askMs: number;
}

/** All open streams: how each begins, what all are told besides their regions, and how each ends. */
export class Streams {
  readonly #hub: Hub;
  readonly #heartbeat: Heartbeat;
  readonly #notices = new Notices();
  readonly readers = new ReaderCounts();
  readonly liveness: Liveness;
  readonly #asking: Asking;
  #draining = false;
  #lastCame = UNKNOWN_POSITION;
  /**
   * What is written last to a stream all of whose topics have ended: pages do not open it again. Made when it is, since each
   * reader's own would take 1 KB for as long as its stream is open.
   */
  readonly #endEvents = (as: StreamFormat): Buffer => {
    const end = encodeEvent({ event: "end", data: "" });
    return as === "json" ? end : Buffer.concat([encodeEvent({ data: this.#hub.renderer.pulse("ended") }), end]);
  };

  constructor({ hub, heartbeatMs = HEARTBEAT_MS, node, askMs }: StreamsParts) {
    this.#hub = hub;
    this.liveness = new Liveness(node, askMs);
    this.#asking = new Asking({ hub, notices: this.#notices, readers: this.readers, liveness: this.liveness });
    this.#heartbeat = new Heartbeat(heartbeatMs, (subscribers) => {
      this.beat(subscribers);
      this.#hub.topics.sweep();
    });
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
    const given = lastEventId || cursor || "";
    const cursorGiven = parseCursor(given);
    if (cursorGiven !== undefined) await hub.position.waitForPage(cursorGiven, MAX_BEHIND_MS);
    const liveTopics = await hub.topics.holdAll(regions.map(({ topic }) => topic));
    hub.flush();
    // From here to the first catch-up nothing is awaited, so that no entry can come between joining the group and reading the
    // regions.
    const contents = regions.map((region, i) => hub.content(as, region, liveTopics[i]!));
    const unknown = this.#mistrust(given, cursorGiven, as);
    const exact = !!lastEventId || as === "json";
    const subscriber = new Subscriber(
      hub.fanOut.group(as, contents, sink.compress !== undefined),
      sink,
      unknown === undefined ? this.#positionAt(cursorGiven!, exact) : UNKNOWN_POSITION,
      {
        id: as === "html" ? this.liveness.newId() : undefined,
        flush: hub.flush,
        cursor: hub.cursor,
        endEvents: this.#endEvents,
        metrics: hub.metrics,
        onClose: (subscriber) => {
          this.#left(subscriber);
          hub.fanOut.dropIfEmpty(subscriber.group);
          for (const liveTopic of liveTopics) hub.topics.release(liveTopic);
        },
      },
    );
    sink.compress?.();
    if (this.#draining) {
      this.#turnAway(subscriber);
      return subscriber;
    }
    const reset = unknown ?? (!exact && haveMoved(contents, cursorGiven!.seq) ? "url_cursor" : undefined);
    if (reset !== undefined) hub.metrics.resets.add(reset);
    if (lastEventId) hub.metrics.heals.add("last_event_id");
    this.#begin(subscriber, as, cursorGiven);
    return subscriber;
  }

  /** What is new on an open page that is not live just now. @throws Problem 503 `broker_unavailable` */
  news(page: AskingPage): Promise<News> {
    return this.#asking.answer(page);
  }

  /** Puts other templates in place: every region of every page is rendered and sent anew. */
  refresh(renderer: Renderer): void {
    if (renderer.shell !== this.#hub.renderer.shell) this.#notices.markOutdated(this.#heartbeat);
    this.#hub.rerender(renderer);
    this.#sendToAll(this.#heartbeat, "");
    this.resetAll("templates_changed");
  }

  /** Sends every region of every page anew, since what was sent before is void. */
  resetAll(why: ResetReason): void {
    this.#hub.metrics.resets.add(why, this.size);
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
    this.liveness.stop();
    for (const subscriber of this.#heartbeat) subscriber.end();
  }

  /** Why it is not known where a reader is that comes with this. */
  #mistrust(given: string, cursor: Cursor | undefined, as: StreamFormat): ResetReason | undefined {
    if (cursor !== undefined) return this.#hub.mistrust(cursor, as);
    if (given === "") return "no_cursor";
    return given === UNKNOWN ? "cut_in_catch_up" : "cursor_invalid";
  }

  /**
   * Where a reader is that comes with a cursor which can be trusted. Those who come back together, as after a restart, are given
   * the same one, and so what they missed is made once for all of them.
   * @param exact whether it is from `Last-Event-ID`, or a program's. A page may make a new EventSource, which forgets the last id
   *   and sends the URL's old cursor: it then has newer items already, and adding them again would double them
   */
  #positionAt({ seq }: Cursor, exact: boolean): ReaderPosition {
    const last = this.#lastCame;
    if (last.seq !== seq || last.nothingNewer !== exact) this.#lastCame = { ...caughtUpTo(seq), nothingNewer: exact };
    return this.#lastCame;
  }

  #turnAway(subscriber: Subscriber): void {
    subscriber.sendFirst(encodeEvent({ retry: 1_000 + 3 * retryMs() }));
    subscriber.end();
  }

  #begin(subscriber: Subscriber, as: StreamFormat, cursorGiven: Cursor | undefined): void {
    const { renderer } = this.#hub;
    if (cursorGiven !== undefined && cursorGiven.shell !== renderer.shell) this.#notices.markOutdated([subscriber]);
    const data = renderer.pulse(this.#notices.health) + renderer.notice(this.#notices.for(subscriber));
    const { id, group } = subscriber;
    const first = id === undefined ? undefined : data + renderer.streamId(id);
    subscriber.sendFirst(encodeEvent({ retry: retryMs(), data: first }));
    this.#heartbeat.add(subscriber);
    this.readers.add(as, group.topics);
    if (id !== undefined) this.liveness.add(id, subscriber);
    subscriber.catchUp();
  }

  #left(subscriber: Subscriber): void {
    if (!this.#heartbeat.delete(subscriber)) return; // it was turned away
    const { id, group } = subscriber;
    if (id !== undefined) this.liveness.delete(id);
    const uncount = () => this.readers.remove(group.as, group.topics);
    // Many are on their way to another node at any moment of a drain: counted at neither, all of them would seem to have left.
    if (this.#draining) setTimeout(uncount, MOVING_MS).unref();
    else uncount();
  }

  /** Tells these how their stream is, and `more` besides to pages. */
  beat(subscribers: Iterable<Subscriber>, more = ""): void {
    // With the present id, or the cursor of readers of quiet topics would grow too old to go on from; and with the notice, for
    // those that were behind when it changed.
    const id = this.#hub.cursor(this.#hub.flush());
    this.#sendToAll(subscribers, this.#hub.renderer.pulse(this.#notices.health, id) + more, id);
  }

  /** @param data what pages are sent before the notice; programs are sent the id alone */
  #sendToAll(subscribers: Iterable<Subscriber>, data: string, id?: string): void {
    const json = encodeEvent({ id });
    const html = new Map<string, Buffer>();
    const htmlFor = (subscriber: Subscriber) => {
      const notice = this.#hub.renderer.notice(this.#notices.for(subscriber));
      const made = html.get(notice) ?? encodeEvent({ id, data: data + notice });
      html.set(notice, made);
      return made;
    };
    const members = new Map<Group, Subscriber[]>();
    for (const subscriber of subscribers) {
      const others = members.get(subscriber.group);
      if (others === undefined) members.set(subscriber.group, [subscriber]);
      else others.push(subscriber);
    }
    for (const [group, told] of members) group.tell(told, group.as === "html" ? htmlFor : () => json);
  }
}

/** A function of its own: one within `open` would keep the contents and the cursor for as long as the stream is open. */
function haveMoved(contents: readonly Content[], since: number): boolean {
  return contents.some(({ seq }) => seq > since);
}

/** When a reader comes back whose stream was cut. Jitter: pages that lost one node should not all come in the same instant. */
function retryMs(): number {
  return 300 + Math.random() * 300;
}
