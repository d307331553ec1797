import type { Json, JsonText } from "../core/json.ts";
import { OneByOne } from "../core/one-by-one.ts";
import { Problem } from "../core/problem.ts";
import { itemKey } from "../core/region.ts";
import type { ItemName, Topic } from "../core/topic.ts";
import { wait, within } from "../core/wait.ts";
import type { AppendOptions } from "../log/log.ts";
import { type Bounds, versionOf } from "../log/record.ts";
import type { Publisher } from "./publisher.ts";

/**
 * Makes the next value of the present one, which is undefined where there is none. It may be called several times, each time
 * with the value of that moment, so it should do nothing else. The present value is shared, and frozen: return another one. To
 * return undefined changes nothing.
 * @param at when the value was published, in milliseconds since 1970
 */
export type NextValue = (
  value: Json | undefined,
  about: { readonly at: number | undefined },
) => Json | JsonText | undefined | Promise<Json | JsonText | undefined>;

export interface UpdateOptions extends Pick<AppendOptions, "key" | "fence"> {
  /** Of a list: the name of the item to change. */
  readonly item?: ItemName | undefined;
  /** As of a publication. */
  readonly bounds?: Bounds | undefined;
}

/** How often it is tried, where other nodes publish to the same topic all the time. */
const MAX_TRIES = 30;
/** The longest wait between two tries. */
const MAX_WAIT_MS = 500;
/** How long a function may take to make the next value: others wait for their turn. */
const NEXT_VALUE_MS = 5_000;
/** How many updates of one topic, or item, may wait here for their turn. */
const MAX_WAITING = 1_000;

/**
 * Reads a topic's value, makes the next one of it, and publishes that if the topic has not changed meanwhile; else all over
 * again.
 */
export class Updater {
  readonly #publisher: Pick<Publisher, "current" | "publish" | "refuse">;
  /**
   * The updates under way on this node, by topic and item. Those of the same one run one after the other, since most of them
   * would else have to try again: so they compete with other nodes only.
   */
  readonly #lines = new Map<string, OneByOne>();

  constructor(publisher: Pick<Publisher, "current" | "publish" | "refuse">) {
    this.#publisher = publisher;
  }

  async update(topic: Topic, next: NextValue, options: UpdateOptions = {}): Promise<string> {
    const name = `${topic} ${options.item ?? ""}`;
    const line = this.#lines.get(name) ?? new OneByOne(MAX_WAITING, contended);
    this.#lines.set(name, line);
    try {
      return await line.run(() => this.#update(topic, next, options));
    } finally {
      if (line.idle && this.#lines.get(name) === line) this.#lines.delete(name);
    }
  }

  async #update(topic: Topic, next: NextValue, options: UpdateOptions): Promise<string> {
    const { item, bounds, key, fence } = options;
    for (let tries = 1; ; tries++) {
      const began = performance.now();
      const { kind, log, record, cursor } = await this.#publisher.current(topic);
      if (kind === "log" && item === undefined) throw itemMissing();
      const value = item === undefined ? [...record.values.values()].at(-1) : record.values.get(itemKey(item));
      let data: Json | JsonText | undefined;
      try {
        data = await inTime(async () => next(value?.json.value, { at: value?.at }));
      } catch (error) {
        return this.#publisher.refuse(error, { key, fence });
      }
      // With a key, the answer is kept in the log all the same, so that the same request does nothing later, either.
      if (data === undefined && key === undefined) return cursor;
      const publications = data === undefined ? [] : [{ topic, data, item, bounds }];
      const expect = { topic, item, versions: [versionOf(log, record, item)] };
      try {
        return await this.#publisher.publish(publications, { key, fence, expect });
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "value_changed") throw error;
      }
      if (tries === MAX_TRIES) throw contended();
      // A random wait, or the same ones would meet again; and longer each time, in proportion to how long a try takes.
      const took = performance.now() - began;
      const most = Math.min(MAX_WAIT_MS, took * 2 ** tries);
      await wait(Math.random() * most);
    }
  }
}

/** What an author's function makes, if it does so within the time, since others wait. @throws Error that names the fix */
function inTime<Made>(make: () => Promise<Made>): Promise<Made> {
  const late = () =>
    new Error(
      `The function that was given to update() took over ${NEXT_VALUE_MS / 1000} s. Fetch what it needs before update() is called, ` +
        "and do not update the same topic within it.",
    );
  return within(NEXT_VALUE_MS, make(), late);
}

function itemMissing(): Problem {
  const title = "A list is updated item by item: name the item that is changed. A new item is published to it.";
  return new Problem(400, "item_missing", title);
}

function contended(): Problem {
  const headers = { "Retry-After": "1" };
  return new Problem(429, "update_contended", "Too many others change the same just now. Try again in a second.", {
    headers,
  });
}
