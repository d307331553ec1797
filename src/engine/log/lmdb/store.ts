import type { Topic } from "../../core/topic.ts";
import type { Queue } from "../bounds.ts";
import { commitProblem } from "../failure.ts";
import type { KeptAnswer } from "../idempotency-key.ts";
import type { Value } from "../record.ts";
import type { LogState, StoredTopic, Transaction } from "../transaction.ts";
import { type Environment, openEnvironment } from "./environment.ts";
import {
  answerKey,
  HEAD,
  type Key,
  placesIn,
  SIZES,
  topicFrom,
  topicKey,
  valueFrom,
  valuesOf,
  writesOf,
} from "./layout.ts";
import { TopicCache } from "./topic-cache.ts";
import { upgrade } from "./upgrade.ts";

/** The state of the log on the disk, and in memory the topics that were used last. */
export class Store implements LogState {
  head: number;
  forgottenTo: number;
  readonly queues = new Map<Queue, number>();
  readonly id: string;
  readonly secret: string;
  readonly #environment: Environment;
  readonly #cache = new TopicCache();
  /** Whether the last commit failed because the disk was full. */
  #lastLackedRoom = false;

  /** @throws Error that names DATA_DIR and the fix */
  static async open(dir: string): Promise<Store> {
    return new Store(await openEnvironment(dir));
  }

  private constructor(environment: Environment) {
    this.#environment = environment;
    this.id = environment.id;
    this.secret = environment.secret;
    const { head = 0, forgottenTo = 0 } = this.#get(HEAD) ?? {};
    this.head = head;
    this.forgottenTo = forgottenTo;
    upgrade(environment.db);
    for (const { key, value } of environment.db.getRange(SIZES)) this.#resize((key as Key)[1] as Queue, Number(value));
  }

  topic(topic: Topic): StoredTopic | undefined {
    const cached = this.#cache.get(topic);
    if (cached !== undefined) return cached;
    const meta = this.#environment.db.get(topicKey(topic));
    if (meta === undefined) return undefined;
    const values = new Map<string, Value>();
    for (const { value: text } of this.#environment.db.getRange(valuesOf(topic))) {
      const value = valueFrom(text);
      values.set(value.key, value);
    }
    const stored = topicFrom(meta, values);
    this.#cache.set(topic, stored);
    return stored;
  }

  answer(name: string): KeptAnswer | undefined {
    return this.#get(answerKey(name));
  }

  *oldest(queue: Queue, until: number, limit: number): Generator<string> {
    for (const key of this.#environment.db.getKeys({ ...placesIn(queue, until), limit })) {
      yield (key as Key)[3] as string;
    }
  }

  /**
   * Resolves once it is durable.
   * @throws Problem 507 `log_full` if nothing was written, 503 `outcome_unknown` if that is not known
   */
  async commit(transaction: Transaction): Promise<void> {
    const { db, dir } = this.#environment;
    const writes = writesOf(transaction);
    try {
      await db.batch(() => {
        for (const [key, text] of writes) void (text === undefined ? db.remove(key) : db.put(key, text));
      });
      await db.flushed;
    } catch (error) {
      const bytes = writes.reduce((sum, [, text]) => sum + 100 + (text?.length ?? 0), 0);
      // Looked at in a write transaction, which sees the newest state, and throws where lmdb can write no more.
      const unchanged = () => this.#durableHead() === this.head;
      const problem = await commitProblem(error, { dir, bytes, lastLackedRoom: this.#lastLackedRoom, unchanged });
      this.#lastLackedRoom = problem.code === "log_full";
      throw problem;
    }
    this.#lastLackedRoom = false;
    this.head = transaction.head;
    this.forgottenTo = transaction.forgottenTo;
    for (const [queue, size] of transaction.queues) this.#resize(queue, size);
    for (const [topic, { after }] of transaction.topics) {
      if (after === undefined) this.#cache.delete(topic);
      else this.#cache.set(topic, after);
    }
  }

  close(): Promise<void> {
    return this.#environment.close();
  }

  #resize(queue: Queue, size: number): void {
    if (size === 0) this.queues.delete(queue);
    else this.queues.set(queue, size);
  }

  #durableHead(): number {
    return this.#environment.db.transactionSync(() => this.#get(HEAD)?.head ?? 0);
  }

  #get(key: Key) {
    const text = this.#environment.db.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }
}
