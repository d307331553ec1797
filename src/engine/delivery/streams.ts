import { type Cursor, parseCursor } from "../core/cursor.ts";
import { encodeEvent } from "../core/event.ts";
import type { Region } from "../core/region.ts";
import type { Renderer } from "../core/widget.ts";
import { caughtUp, NOWHERE, type ReaderPlace } from "./catch-up.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { As, Hub } from "./hub.ts";
import { Notices } from "./notices.ts";
import { type Sink, Subscriber } from "./subscriber.ts";

/** What a reader asks for. */
export interface Subscription {
  readonly regions: readonly Region[];
  readonly as: As;
  /** The `Last-Event-ID` header, as it came. */
  readonly lastEventId?: string | undefined;
  /** The URL's cursor, as it came. */
  readonly cursor?: string | undefined;
}

/** How long a reader waits for this node to reach a cursor that another node has shown it. */
const BEHIND_MS = 1_000;

/** All open streams: their beginning, their heartbeat, their end. */
export class Streams {
  readonly #hub: Hub;
  readonly #heartbeat: Heartbeat;
  readonly #notices = new Notices();
  #draining = false;

  constructor(hub: Hub, heartbeat: number) {
    this.#hub = hub;
    this.#heartbeat = new Heartbeat(heartbeat, (subscribers) => this.#beat(subscribers));
  }

  get size(): number {
    return this.#heartbeat.size;
  }

  async open({ regions, as, lastEventId, cursor }: Subscription, sink: Sink): Promise<Subscriber> {
    const hub = this.#hub;
    // A program asks for what it does not know; a page shows what there was when it was loaded, perhaps before a deploy.
    if (as === "json") for (const region of regions) hub.renderer.check(region);
    const said = parseCursor(lastEventId || cursor || "");
    if (said !== undefined) await hub.position.arrived(said, BEHIND_MS);
    const liveTopics = await hub.topics.holdAll(regions.map(({ topic }) => topic));
    hub.flush();
    // From here to the first catch-up nothing is awaited: nothing can be published between joining and reading.
    const contents = regions.map((region, i) => hub.content(as, region, liveTopics[i]!));
    const subscriber = new Subscriber(hub.fanOut.group(as, contents), sink, this.#start(said, as, !!lastEventId), {
      flush: hub.flush,
      cursor: hub.cursor,
      goodbye: goodbye(as, hub.renderer),
      left: (subscriber) => {
        this.#heartbeat.delete(subscriber);
        hub.fanOut.leave(subscriber.group);
        for (const liveTopic of liveTopics) hub.topics.release(liveTopic);
      },
    });
    this.#greet(subscriber, as, said);
    return subscriber;
  }

  /** Puts other templates in place. */
  refresh(renderer: Renderer): void {
    if (renderer.shell !== this.#hub.renderer.shell) this.#notices.outdate(this.#heartbeat);
    this.#hub.refresh(renderer);
    this.#tell(this.#heartbeat, "");
    this.startOver();
  }

  /** All that was sent is void: every page is sent everything afresh. */
  startOver(): void {
    for (const subscriber of this.#heartbeat) subscriber.startOver();
  }

  /** Shows a notice on every page; "" takes it away. */
  notify(text: string): void {
    this.#notices.mistake = text;
    this.#tell(this.#heartbeat, "");
  }

  /** Says on every page whether it may be old: whether the log can be reached. */
  reachable(is: boolean): void {
    this.#notices.reachable = is;
    this.#tell(this.#heartbeat, this.#hub.renderer.pulse(this.#notices.health));
  }

  /** Ends all streams, spread over `ms`, so that ten thousand pages do not come back in one second. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    const leaving = [...this.#heartbeat];
    const start = performance.now();
    for (const [i, subscriber] of leaving.entries()) {
      const wait = start + (ms * i) / leaving.length - performance.now();
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      subscriber.end();
    }
  }

  stop(): void {
    this.#heartbeat.stop();
    for (const subscriber of this.#heartbeat) subscriber.end();
  }

  /** Where a reader is. Whatever cannot be known to be right is reset. */
  #start(said: Cursor | undefined, as: As, header: boolean): ReaderPlace {
    if (said === undefined || !this.#hub.knows(said, as)) return NOWHERE;
    // The URL's cursor may be of an EventSource that was made anew: the page may have more, so births may be on it already.
    return { ...caughtUp(said.seq), exact: header || as === "json" };
  }

  #greet(subscriber: Subscriber, as: As, said: Cursor | undefined): void {
    // Jitter: pages that lost one node should not all come back in the same instant.
    const retry = 300 + Math.random() * 300;
    if (this.#draining) {
      subscriber.greet(encodeEvent({ retry: 1_000 + 3 * retry }));
      subscriber.end();
      return;
    }
    const { renderer } = this.#hub;
    if (said !== undefined && said.shell !== renderer.shell) this.#notices.outdate([subscriber]);
    const data = renderer.pulse(this.#notices.health) + renderer.notice(this.#notices.for(subscriber));
    subscriber.greet(encodeEvent({ retry, data: as === "html" ? data : undefined }));
    this.#heartbeat.add(subscriber);
    subscriber.catchUp();
  }

  #beat(subscribers: Iterable<Subscriber>): void {
    // The present id, or a quiet topic's readers would age out; the notice for those that were behind when it changed.
    const id = this.#hub.cursor(this.#hub.flush());
    this.#tell(subscribers, this.#hub.renderer.pulse(this.#notices.health, id), id);
    this.#hub.topics.sweep();
  }

  #tell(subscribers: Iterable<Subscriber>, data: string, id?: string): void {
    const json = encodeEvent({ id });
    const html = new Map<string, Buffer>();
    for (const subscriber of subscribers) {
      const notice = this.#hub.renderer.notice(this.#notices.for(subscriber));
      if (!html.has(notice)) html.set(notice, encodeEvent({ id, data: data + notice }));
      subscriber.tell(subscriber.group.as === "html" ? html.get(notice)! : json);
    }
  }
}

/** The last words of a stream that shows nothing but ended topics: the page closes it for good. */
function goodbye(as: As, renderer: Renderer): Buffer {
  const end = encodeEvent({ event: "end", data: "" });
  return as === "json" ? end : Buffer.concat([encodeEvent({ data: renderer.pulse("ended") }), end]);
}
