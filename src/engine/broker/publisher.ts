import { Problem } from "../core/problem.ts";
import type { Topic } from "../core/topic.ts";
import { Turns } from "../core/turns.ts";
import type { Hub } from "../delivery/hub.ts";
import type { AppendOptions, Log } from "../log/log.ts";
import type { Draft, TopicRecord } from "../log/record.ts";
import { dryRun, type Publication } from "./dry-run.ts";

/** How long a publisher waits for this node to show what it has published, and has been kept. */
const SHOWN_MS = 1_000;

/** The way into the log: what is published is tried, appended, and read back. */
export class Publisher {
  readonly #log: Log;
  readonly #hub: Hub;
  readonly #turns = new Turns();

  constructor(log: Log, hub: Hub) {
    this.#log = log;
    this.#hub = hub;
  }

  async publish(publications: readonly (Publication | Draft)[], options?: AppendOptions): Promise<string> {
    const drafts: Draft[] = [];
    for (const [index, publication] of publications.entries()) {
      await this.#turns.take();
      try {
        if ("op" in publication) drafts.push(publication);
        else drafts.push(await dryRun(publication, this.#hub.renderer, (topic) => this.record(topic)));
      } catch (error) {
        if (error instanceof Problem && publications.length > 1) error.index = index;
        return this.#refuse(error, options);
      }
    }
    return this.#append(drafts, options);
  }

  /** @throws Problem 404 `topic_unknown` */
  async change(draft: Draft, options?: AppendOptions): Promise<string> {
    try {
      this.#hub.renderer.widget(draft.topic);
    } catch (error) {
      return this.#refuse(error, options);
    }
    return this.#append([draft], options);
  }

  /** What is known of a topic now, whether or not someone looks at it. */
  async record(topic: Topic): Promise<TopicRecord> {
    return this.#hub.topics.get(topic)?.record ?? (await this.#log.read(topic));
  }

  /** A retry gets its first answer, though today's templates refuse what those of then took. */
  async #refuse(error: unknown, options?: AppendOptions): Promise<string> {
    if (options?.key === undefined || !(error instanceof Problem)) throw error;
    return this.#append([], { ...options, refusal: error });
  }

  async #append(drafts: readonly Draft[], options?: AppendOptions): Promise<string> {
    const seq = await this.#log.append(drafts, options);
    const { id: log } = this.#log;
    // Read back: the publisher sees its own write. It is durable either way.
    await this.#hub.position.reached({ log, seq }, SHOWN_MS);
    return this.#hub.cursor(seq, log);
  }
}
