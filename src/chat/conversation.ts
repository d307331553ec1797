import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "../engine/broker/broker.ts";
import type { Publication } from "../engine/broker/dry-run.ts";
import type { Fence } from "../engine/core/lease.ts";
import { Problem } from "../engine/core/problem.ts";
import { parseTopic, type Topic } from "../engine/core/topic.ts";
import { type Bounds, type Draft, type Version, versionOf } from "../engine/log/record.ts";
import { removeAnswer } from "./active-answers.ts";
import { Transcript } from "./transcript.ts";
import { type Turn, turnOf } from "./turn.ts";

export type ConversationChange = Publication | Draft;

/** The longest wait before an end is tried again. */
const MAX_WAIT_MS = 5_000;

/**
 * One visitor's conversation, as two topics: `chat/<id>` holds what was said, `chat-turn/<id>` the state of the present turn.
 */
export class Conversation {
  readonly id: string;
  readonly topic: Topic;
  readonly turnTopic: Topic;
  readonly #broker: Pick<Broker, "publish" | "read">;
  readonly #bounds: Bounds;

  /** @param bounds how long it is kept, and of how many */
  constructor(broker: Pick<Broker, "publish" | "read">, id: string, bounds: Bounds) {
    this.#broker = broker;
    this.#bounds = bounds;
    this.id = id;
    this.topic = parseTopic(`chat/${id}`);
    this.turnTopic = parseTopic(`chat-turn/${id}`);
  }

  async transcript(): Promise<Transcript> {
    return new Transcript((await this.#broker.read(this.topic)).record);
  }

  /** The state of the present turn, and its version for `change`. */
  async turn(): Promise<{ turn: Turn; version: Version }> {
    const { log, record } = await this.#broker.read(this.turnTopic);
    return { turn: turnOf([...record.values.values()].at(-1)?.json.value), version: versionOf(log, record) };
  }

  /**
   * Publishes changes, if the turn still has this version: of all who have read the same one, on whatever nodes, only one
   * succeeds.
   * @throws Problem 412 `value_changed` where someone else was first
   */
  async change(version: Version, changes: readonly ConversationChange[], fence?: Fence): Promise<void> {
    await this.publish(changes, { expect: { topic: this.turnTopic, versions: [version] }, fence });
  }

  /**
   * Publishes all or none. A block that makes too much HTML, or that its template cannot take, is shown as plain text, and of a
   * thought half, or less.
   */
  async publish(changes: readonly ConversationChange[], options: Parameters<Broker["publish"]>[1]): Promise<void> {
    const attempt: ConversationChange[] = changes.map((change) =>
      "op" in change ? change : { ...change, bounds: this.#bounds },
    );
    for (;;) {
      try {
        await this.#broker.publish(attempt, options);
        return;
      } catch (error) {
        const index = error instanceof Problem ? (error.index ?? 0) : 0;
        const tooMuch = error instanceof Problem && /^(?:fragment_too_large|render_failed)$/.test(error.code);
        const data = tooMuch && "data" in attempt[index]! ? simpler(attempt[index].data as Shown) : undefined;
        if (data === undefined) throw error;
        attempt[index] = { ...attempt[index]!, data } as ConversationChange;
      }
    }
  }

  /**
   * Ends a run, once, whatever else changes the turn meanwhile. If the conversation was to be emptied after it, it is. It is
   * tried until the log takes it, since with a turn that never ends nothing could be said any more.
   */
  async end(run: string, changes: readonly ConversationChange[], fence: Fence): Promise<void> {
    for (let wait = 20; ; wait = Math.min(2 * wait, MAX_WAIT_MS)) {
      try {
        const { turn, version } = await this.turn();
        if (turn.run !== run) return;
        const all = turn.clear ? this.emptied() : changes;
        return await this.change(version, [...all, removeAnswer(this.id)], fence);
      } catch (error) {
        const passes = error instanceof Problem && (isLate(error) || [429, 503, 507].includes(error.status));
        if (!passes) throw error;
        await sleep(wait, undefined, { ref: false });
      }
    }
  }

  emptied(): ConversationChange[] {
    return [this.topic, this.turnTopic].map((topic) => ({ op: "clear", topic }));
  }
}

type Shown = Readonly<Record<string, string | boolean>>;

/** A block of which there is less to show; undefined where nothing is left to leave out. */
function simpler(data: Shown): Shown | undefined {
  const { text, thinking, plain } = data;
  // It is plain text already: what makes it too much are its quotes and the like, each of which is six characters of HTML.
  if (typeof thinking === "string" && thinking.length > 1)
    return { ...data, thinking: thinking.slice(0, Math.floor(thinking.length / 2)) };
  return plain === true || text === undefined ? undefined : { ...data, plain: true };
}

/** How often it is tried where others change the same at the same time. */
const MAX_TRIES = 10;
const RETRY_MS = 25;

/** Reads, and changes what was read, until nobody else was first. */
export async function untilFirst(change: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await change();
    } catch (error) {
      if (!isLate(error) || tries === MAX_TRIES) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** Whether someone else has changed it first. */
export function isLate(error: unknown): boolean {
  return error instanceof Problem && error.code === "value_changed";
}
