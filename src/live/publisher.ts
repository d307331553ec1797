import type { AppendOptions, Log } from "../log/log.ts";
import type { Draft, TopicRecord } from "../log/record.ts";
import { Problem } from "../problem.ts";
import type { Topic } from "../topic.ts";
import { Turns } from "../turns.ts";
import type { Live } from "./live.ts";
import { type Publication, trial } from "./trial.ts";

/** How long a publisher waits for this node to show what it has published, and has been kept. */
const PATIENCE = 1_000;

/** The way into the log: what is published is tried, appended, and read back. */
export class Publisher {
  readonly #log: Log;
  readonly #live: Live;
  readonly #turns = new Turns();

  constructor(log: Log, live: Live) {
    this.#log = log;
    this.#live = live;
  }

  async publish(publications: readonly (Publication | Draft)[], options?: AppendOptions): Promise<string> {
    const drafts: Draft[] = [];
    for (const [index, publication] of publications.entries()) {
      await this.#turns.take();
      try {
        if ("op" in publication) drafts.push(publication);
        else drafts.push(await trial(publication, this.#live.renderer, (topic) => this.record(topic)));
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
      this.#live.renderer.widget(draft.topic);
    } catch (error) {
      return this.#refuse(error, options);
    }
    return this.#append([draft], options);
  }

  /** What is known of a topic now, whether or not someone looks at it. */
  async record(topic: Topic): Promise<TopicRecord> {
    return this.#live.mirrors.get(topic)?.record ?? (await this.#log.read(topic));
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
    await this.#live.position.reached({ log, seq }, PATIENCE);
    return this.#live.cursor(seq, log);
  }
}
