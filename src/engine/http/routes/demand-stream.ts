import { encodeEvent } from "../../core/event.ts";
import type { Topic } from "../../core/topic.ts";
import type { Sink } from "../../delivery/subscriber.ts";

/** Proxies cut a stream on which nothing comes for a minute. */
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 1_000;

/**
 * The topics that somebody reads, as a program follows any other list: `<name>:reset` with `{"values": [{"item", "data"}]}` at
 * the beginning of each stream, then `<name>:item` with `{"item", "data"}` for a topic that has got its first reader, and
 * `<name>:remove` with `{"item"}` for one that has lost its last. `item` is the topic, and `data` is `true`.
 *
 * A reader whose socket is full is sent nothing until it has drained, and then what is different by then.
 */
export class DemandStream {
  readonly #name: string;
  readonly #sink: Sink;
  readonly #mayRead: (topic: Topic) => boolean;
  readonly #beats: NodeJS.Timeout;
  #latest: ReadonlySet<Topic> | undefined;
  #sent: ReadonlySet<Topic> | undefined;
  #full = false;

  constructor(name: string, sink: Sink, mayRead: (topic: Topic) => boolean) {
    this.#name = name;
    this.#sink = sink;
    this.#mayRead = mayRead;
    this.#beats = setInterval(() => this.#full || this.#write(encodeEvent({})), HEARTBEAT_MS).unref();
    this.#write(encodeEvent({ retry: RETRY_MS }));
  }

  /** @param topics all that somebody reads */
  update(topics: readonly Topic[]): void {
    this.#latest = new Set(topics.filter(this.#mayRead));
    if (!this.#full) this.#send();
  }

  readonly onDrain = (): void => {
    this.#full = false;
    this.#send();
  };

  readonly end = (): void => {
    this.close();
    this.#sink.end();
  };

  /** To be called when its reader has gone. */
  close(): void {
    clearInterval(this.#beats);
  }

  #send(): void {
    const [now, before] = [this.#latest, this.#sent];
    if (now === undefined || now === before) return;
    this.#sent = now;
    const values = (topics: Iterable<Topic>) => [...topics].map((item) => ({ item, data: true }));
    const events =
      before === undefined
        ? [this.#event("reset", { values: values(now) })]
        : [
            ...values([...now].filter((topic) => !before.has(topic))).map((value) => this.#event("item", value)),
            ...[...before].filter((topic) => !now.has(topic)).map((item) => this.#event("remove", { item })),
          ];
    if (events.length > 0) this.#write(Buffer.concat(events));
  }

  #event(kind: string, data: object): Buffer {
    return encodeEvent({ event: `${this.#name}:${kind}`, data: JSON.stringify(data) });
  }

  #write(bytes: Buffer): void {
    if (!this.#sink.write(bytes)) this.#full = true;
  }
}
