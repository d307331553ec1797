import type { Publication } from "../../src/engine/broker/dry-run.ts";
import { JsonText } from "../../src/engine/core/json.ts";
import type { Topic } from "../../src/engine/core/topic.ts";
import { type Draft, emptyRecord } from "../../src/engine/log/record.ts";
import type { SourceBroker } from "../../src/engine/sources/runner.ts";

/** A broker that only writes down what sources tell it. */
export class FakeOutlet implements SourceBroker {
  /** Everything in order: `publish price 1`, `touch price/a`, `stale price`, `confirm price`, `end price`, `clear price`. */
  readonly said: string[] = [];
  /** Throws in place of the broker, where it throws. */
  refuse: (publication: Publication) => void = () => {};
  demand: (topic: Topic, wanted: boolean) => void = () => {};
  #stale = new Set<Topic>();
  #latest = new Map<Topic, JsonText>();
  #waiting: { n: number; resolve: () => void }[] = [];

  async publish(publications: readonly (Publication | Draft)[]): Promise<string> {
    for (const publication of publications) if (!("op" in publication)) this.refuse(publication);
    for (const publication of publications) {
      const { topic } = publication;
      if ("op" in publication) {
        this.#say(`${publication.op} ${topic}`);
        continue;
      }
      const { data } = publication;
      this.#latest.set(topic, JsonText.of(data));
      this.#stale.delete(topic);
      this.#say(`publish ${topic} ${JsonText.of(data).text}`);
    }
    return "c-1";
  }

  clear = async (topic: Topic) => {
    this.#latest.delete(topic);
    this.#stale.delete(topic);
    return this.#say(`clear ${topic}`);
  };
  latest = async (topic: Topic) => this.#latest.get(topic)?.value;
  end = async (topic: Topic) => this.#say(`end ${topic}`);
  stale = async (topic: Topic) => {
    this.#stale.add(topic);
    return this.#say(`stale ${topic}`);
  };
  /** As the broker, it writes down what changes something. */
  confirm = async (topic: Topic) => {
    if (this.#stale.delete(topic)) this.#say(`confirm ${topic}`);
  };
  record = async (topic: Topic) => {
    const json = this.#latest.get(topic);
    const value = json && { key: "1", createdSeq: 1, seq: 1, at: 0, json, evicted: [] };
    const stale = this.#stale.has(topic) ? { since: 0, reason: "" } : null;
    return { ...emptyRecord(), stale, values: new Map(value ? [["1", value]] : []) };
  };

  onDemand(listener: (topic: Topic, wanted: boolean) => void): void {
    this.demand = listener;
  }

  /** Resolves once this much has been said. */
  nth(n: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ n, resolve });
      this.#settle();
    });
  }

  #say(what: string): string {
    this.said.push(what);
    this.#settle();
    return "c-1";
  }

  #settle(): void {
    for (const { n, resolve } of this.#waiting) if (this.said.length >= n) resolve();
  }
}
