import { type Cursor, parseCursor } from "../cursor.ts";
import { encodeEvent } from "../event.ts";
import type { As, Live } from "../live/live.ts";
import type { Region } from "../region.ts";
import type { Renderer } from "../widget.ts";
import { caughtUp, NOWHERE, type Place } from "./catch-up.ts";
import { Heart } from "./heart.ts";
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
const PATIENCE = 1_000;

/** All open streams: their beginning, their heartbeat, their end. */
export class Streams {
  readonly #live: Live;
  readonly #heart: Heart;
  readonly #notices = new Notices();
  #draining = false;

  constructor(live: Live, heartbeat: number) {
    this.#live = live;
    this.#heart = new Heart(heartbeat, (subscribers) => this.#beat(subscribers));
  }

  get size(): number {
    return this.#heart.size;
  }

  async open({ regions, as, lastEventId, cursor }: Subscription, sink: Sink): Promise<Subscriber> {
    const live = this.#live;
    // A program asks for what it does not know; a page shows what there was when it was loaded, perhaps before a deploy.
    if (as === "json") for (const region of regions) live.renderer.check(region);
    const said = parseCursor(lastEventId || cursor || "");
    if (said !== undefined) await live.position.arrived(said, PATIENCE);
    const mirrors = await live.mirrors.holdAll(regions.map(({ topic }) => topic));
    live.flush();
    // From here to the first catch-up nothing is awaited: nothing can be published between joining and reading.
    const contents = regions.map((region, i) => live.content(as, region, mirrors[i]!));
    const subscriber = new Subscriber(live.fanOut.audience(as, contents), sink, this.#start(said, as, !!lastEventId), {
      flush: live.flush,
      cursor: live.cursor,
      goodbye: goodbye(as, live.renderer),
      left: (subscriber) => {
        this.#heart.delete(subscriber);
        live.fanOut.leave(subscriber.audience);
        for (const mirror of mirrors) live.mirrors.release(mirror);
      },
    });
    this.#greet(subscriber, as, said);
    return subscriber;
  }

  /** Puts other templates in place. */
  refresh(renderer: Renderer): void {
    if (renderer.shell !== this.#live.renderer.shell) this.#notices.outdate(this.#heart);
    this.#live.refresh(renderer);
    this.#tell(this.#heart, "");
    this.startOver();
  }

  /** All that was sent is void: every page is sent everything afresh. */
  startOver(): void {
    for (const subscriber of this.#heart) subscriber.startOver();
  }

  /** Shows a notice on every page; "" takes it away. */
  notify(text: string): void {
    this.#notices.mistake = text;
    this.#tell(this.#heart, "");
  }

  /** Says on every page whether it may be old: whether the log can be reached. */
  reachable(is: boolean): void {
    this.#notices.reachable = is;
    this.#tell(this.#heart, this.#live.renderer.pulse(this.#notices.health));
  }

  /** Ends all streams, spread over `ms`, so that ten thousand pages do not come back in one second. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    const leaving = [...this.#heart];
    const start = performance.now();
    for (const [i, subscriber] of leaving.entries()) {
      const wait = start + (ms * i) / leaving.length - performance.now();
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      subscriber.end();
    }
  }

  stop(): void {
    this.#heart.stop();
    for (const subscriber of this.#heart) subscriber.end();
  }

  /** Where a reader is. Whatever cannot be known to be right is reset. */
  #start(said: Cursor | undefined, as: As, header: boolean): Place {
    if (said === undefined || !this.#live.knows(said, as)) return NOWHERE;
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
    const { renderer } = this.#live;
    if (said !== undefined && said.shell !== renderer.shell) this.#notices.outdate([subscriber]);
    const data = renderer.pulse(this.#notices.health) + renderer.notice(this.#notices.for(subscriber));
    subscriber.greet(encodeEvent({ retry, data: as === "html" ? data : undefined }));
    this.#heart.add(subscriber);
    subscriber.catchUp();
  }

  #beat(subscribers: Iterable<Subscriber>): void {
    // The present id, or a quiet topic's readers would age out; the notice for those that were behind when it changed.
    const id = this.#live.cursor(this.#live.flush());
    this.#tell(subscribers, this.#live.renderer.pulse(this.#notices.health, id), id);
    this.#live.mirrors.sweep();
  }

  #tell(subscribers: Iterable<Subscriber>, data: string, id?: string): void {
    const json = encodeEvent({ id });
    const html = new Map<string, Buffer>();
    for (const subscriber of subscribers) {
      const notice = this.#live.renderer.notice(this.#notices.for(subscriber));
      if (!html.has(notice)) html.set(notice, encodeEvent({ id, data: data + notice }));
      subscriber.tell(subscriber.audience.as === "html" ? html.get(notice)! : json);
    }
  }
}

/** The last words of a stream that shows nothing but ended topics: the page closes it for good. */
function goodbye(as: As, renderer: Renderer): Buffer {
  const end = encodeEvent({ event: "end", data: "" });
  return as === "json" ? end : Buffer.concat([encodeEvent({ data: renderer.pulse("ended") }), end]);
}
