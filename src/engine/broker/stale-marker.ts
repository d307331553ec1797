import { Problem } from "../core/problem.ts";
import type { Topic } from "../core/topic.ts";
import { wait } from "../core/wait.ts";
import type { Hub } from "../delivery/hub.ts";
import type { Log } from "../log/log.ts";
import { type Draft, overdueAt, type TopicRecord } from "../log/record.ts";
import type { Publisher } from "./publisher.ts";

export interface StaleMarkerParts {
  readonly hub: Hub;
  readonly log: Pick<Log, "now">;
  readonly publisher: Pick<Publisher, "publish">;
  readonly onError: (error: unknown) => void;
}

/** How often the topics that someone looks at are gone through: a notice comes up to so much later than it is due. */
const LOOK_INTERVAL_MS = 500;
/** The same, where the log did not take the last ones. */
const RETRY_MS = 5_000;
/** How many notices are appended at once: ten thousand would delay what is being published. */
const MAX_AT_ONCE = 200;

/**
 * Sees to it that topics to which nothing new comes say so, each after the `stale_after` of its widget. Of topics that nobody
 * looks at nothing is known here: the first page that shows one asks for it. Whether a topic is overdue is known by the log's
 * clock, and in the end decided by the log, so that many nodes append one notice.
 */
export class StaleMarker {
  readonly #hub: Hub;
  readonly #log: Pick<Log, "now">;
  readonly #publisher: Pick<Publisher, "publish">;
  readonly #onError: (error: unknown) => void;
  /** The topics that pages are waiting for: a thousand visitors who come at once ask for one notice. */
  readonly #asked = new Map<Topic, Promise<unknown>>();
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor({ hub, log, publisher, onError }: StaleMarkerParts) {
    this.#hub = hub;
    this.#log = log;
    this.#publisher = publisher;
    this.#onError = onError;
    this.#done = this.#run(this.#stop.signal);
  }

  /** Whether a topic should have had something new by now, be it marked or not. */
  isQuiet(topic: Topic, record: TopicRecord): boolean {
    const quietMs = this.#hub.renderer.staleAfterMs(topic);
    return quietMs !== undefined && overdueAt({ ...record, stale: null }, quietMs) <= this.#log.now();
  }

  /**
   * To be called before a topic is shown that may not be shown yet.
   * @returns whether it is now said to be stale, which a record that was read before does not know. Where the log does not
   * take that, the topic is shown all the same
   */
  async mark(topic: Topic, record: TopicRecord): Promise<boolean> {
    const notice = this.#notice(topic, record);
    if (notice === undefined) return false;
    const asked =
      this.#asked.get(topic) ??
      this.#publisher
        .publish([notice])
        .catch((error) => this.#tell(error))
        .finally(() => this.#asked.delete(topic));
    this.#asked.set(topic, asked);
    await asked;
    return true;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(stop: AbortSignal): Promise<void> {
    let failing = false;
    for (;;) {
      await wait(failing ? RETRY_MS : LOOK_INTERVAL_MS, stop);
      if (stop.aborted) return;
      const notices = [...this.#hub.topics].flatMap(({ topic, record }) => this.#notice(topic, record) ?? []);
      try {
        while (notices.length > 0 && !stop.aborted) await this.#publisher.publish(notices.splice(0, MAX_AT_ONCE));
        failing = false;
      } catch (error) {
        if (!failing) this.#tell(error);
        failing = true;
      }
    }
  }

  /** What is to be appended now, if the topic is overdue. */
  #notice(topic: Topic, record: TopicRecord): Draft | undefined {
    const quietMs = this.#hub.renderer.staleAfterMs(topic);
    if (quietMs === undefined || overdueAt(record, quietMs) > this.#log.now()) return undefined;
    return { op: "stale", topic, reason: "", quietMs };
  }

  /** A log that is away, full or busy says so itself. */
  #tell(error: unknown): void {
    if (!this.#stop.signal.aborted && !(error instanceof Problem && error.status >= 429)) this.#onError(error);
  }
}
