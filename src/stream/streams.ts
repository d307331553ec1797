import { type Cursor, parseCursor } from "../cursor.ts";
import { encodeEvent } from "../event.ts";
import type { As, Live } from "../live/live.ts";
import type { Region } from "../region.ts";
import type { Renderer } from "../widget.ts";
import { caughtUp, NOWHERE, type Place } from "./catch-up.ts";
import { Heart } from "./heart.ts";
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
const OUTDATED = "This page has a newer version. Reload it when it suits you.";

/** All open streams: their beginning, their heartbeat, their end. */
export class Streams {
  readonly #live: Live;
  readonly #heart: Heart;
  #notice = "";
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
    for (const region of regions) live.renderer.check(region);
    const said = parseCursor(lastEventId || cursor || "");
    if (said !== undefined) await live.position.reached(said.seq, PATIENCE);
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
    const outdated = renderer.shell !== this.#live.renderer.shell;
    this.#live.refresh(renderer);
    if (outdated) this.notify(OUTDATED);
    for (const subscriber of [...this.#heart]) subscriber.startOver();
  }

  /** Shows a notice on every page; "" takes it away. */
  notify(text: string): void {
    this.#notice = text === OUTDATED ? this.#notice : text;
    this.#tell([...this.#heart], { data: this.#live.renderer.notice(text) });
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
    const outdated = said !== undefined && said.shell !== renderer.shell;
    const data = renderer.pulse() + renderer.notice(this.#notice || (outdated ? OUTDATED : ""));
    subscriber.greet(encodeEvent({ retry, data: as === "html" ? data : undefined }));
    this.#heart.add(subscriber);
    subscriber.catchUp();
  }

  #beat(subscribers: Iterable<Subscriber>): void {
    // With the present id, so that a quiet topic's readers do not age out of what can be caught up exactly.
    const id = this.#live.cursor(this.#live.flush());
    this.#tell(subscribers, { id, data: this.#live.renderer.pulse() });
    this.#live.mirrors.sweep();
  }

  #tell(subscribers: Iterable<Subscriber>, { id, data }: { id?: string; data: string }): void {
    const html = encodeEvent({ id, data });
    const json = encodeEvent({ id });
    for (const subscriber of subscribers) subscriber.tell(subscriber.audience.as === "html" ? html : json);
  }
}

/** The last words of a stream that shows nothing but ended topics: the page closes it for good. */
function goodbye(as: As, renderer: Renderer): Buffer {
  const end = encodeEvent({ event: "end", data: "" });
  return as === "json" ? end : Buffer.concat([encodeEvent({ data: renderer.pulse(true) }), end]);
}
