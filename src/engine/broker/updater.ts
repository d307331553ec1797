import type { Json, JsonText } from "../core/json.ts";
import { OneByOne } from "../core/one-by-one.ts";
import { Problem } from "../core/problem.ts";
import type { ItemName, Topic } from "../core/topic.ts";
import { wait } from "../core/wait.ts";
import type { AppendOptions } from "../log/log.ts";
import { type Bounds, versionOf } from "../log/record.ts";
import type { Publisher } from "./publisher.ts";

/**
 * Makes the next value of what is held now, which is undefined where there is none. It may be called several times, each time
 * with what is held by then, so that it does nothing else. What it is given is shared, and frozen: it returns another value.
 * Undefined leaves all as it is.
 * @param at when the value was published, in milliseconds since 1970
 */
export type NextValue = (
  value: Json | undefined,
  about: { readonly at: number | undefined },
) => Json | JsonText | undefined | Promise<Json | JsonText | undefined>;

export interface UpdateOptions extends Pick<AppendOptions, "key" | "fence"> {
  /** Of a list: the item that is changed. */
  readonly item?: ItemName | undefined;
  /** As of a publication. */
  readonly bounds?: Bounds | undefined;
}

/** How often it is tried in all: for others that publish to the same topic all the time, on other nodes. */
const MAX_TRIES = 30;
/** The longest wait between two tries. */
const MAX_WAIT_MS = 500;
/** How long a function may take to make the next value: others wait for their turn. */
const NEXT_VALUE_MS = 5_000;
/** So many updates of one topic, or item, wait here for their turn. */
const MAX_WAITING = 1_000;

/** Reads what a topic holds, has it changed, and publishes that where it is still held; else again. */
export class Updater {
  readonly #publisher: Pick<Publisher, "current" | "publish" | "refuse">;
  /**
   * Those of one topic, or item, on this node. They would only be in each other's way, and most would have to try again; so it
   * is with the other nodes alone that they compete.
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
      const value = item === undefined ? [...record.values.values()].at(-1) : record.values.get(`=${item}`);
      let data: Json | JsonText | undefined;
      try {
        data = await inTime(async () => next(value?.json.value, { at: value?.at }));
      } catch (error) {
        return this.#publisher.refuse(error, { key, fence });
      }
      // With a key it is noted that there was nothing to do, so that the same request does nothing later, either.
      if (data === undefined && key === undefined) return cursor;
      const publications = data === undefined ? [] : [{ topic, data, item, bounds }];
      const expect = { topic, item, versions: [versionOf(log, record, item)] };
      try {
        return await this.#publisher.publish(publications, { key, fence, expect });
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "value_changed") throw error;
      }
      if (tries === MAX_TRIES) throw contended();
      // Each a while of its own, or the same ones would meet again; and longer each time, by what one try takes, until there
      // are as few at once as get through.
      const took = performance.now() - began;
      const most = Math.min(MAX_WAIT_MS, took * 2 ** tries);
      await wait(Math.random() * most);
    }
  }
}

/** What an author's function makes, if it makes it soon: others wait for their turn. @throws Error that names the fix */
async function inTime<Made>(make: () => Promise<Made>): Promise<Made> {
  const made = new AbortController();
  const late = wait(NEXT_VALUE_MS, made.signal).then(() => {
    throw new Error(
      `The function that was given to update() took over ${NEXT_VALUE_MS / 1000} s. Fetch what it needs before update() is called, ` +
        "and do not update the same topic within it.",
    );
  });
  late.catch(() => {}); // where it was made in time, nobody looks any more
  try {
    return await Promise.race([make(), late]);
  } finally {
    made.abort();
  }
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
