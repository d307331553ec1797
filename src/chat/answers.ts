import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "../engine/broker/broker.ts";
import type { Lease, Leases } from "../engine/core/lease.ts";
import { draining, Problem } from "../engine/core/problem.ts";
import { secretSegment } from "../engine/core/topic.ts";
import type { Words } from "../engine/words/words.ts";
import { addAnswer } from "./active-answers.ts";
import { Answer } from "./answer.ts";
import { type Conversation, type ConversationChange, isLate } from "./conversation.ts";
import type { Model, Said } from "./model.ts";
import { blockName, type Transcript } from "./transcript.ts";
import { INTERRUPTED, isUnderWay } from "./turn.ts";

export interface AnswersParts {
  readonly broker: Broker;
  readonly leases: Leases;
  /** Those that visitors may choose, by name, the usual one first. None: nothing can be answered. */
  readonly models: ReadonlyMap<string, Model>;
  /** Gives the site's words. */
  readonly words: () => Words;
  readonly report: (text: string, error: unknown) => void;
}

/** What a turn consists of that is about to begin. */
export interface TurnPlan {
  readonly turn: number;
  /** The name of the model that is asked; where there is none of that name, the usual one is. */
  readonly model: string | undefined;
  /** Changes of the conversation that it begins with, such as the visitor's message. */
  readonly changes: readonly ConversationChange[];
  /** The conversation as the model is given it. */
  readonly said: readonly Said[];
}

/** How long a new turn waits for the lease of the one before it. */
const TAKE_MS = 500;
const RETRY_MS = 25;
/** How long a node that stops waits for its answers to end. */
const STOP_MS = 2_000;

/** The answers under way on this node. */
export class Answers {
  readonly #parts: AnswersParts;
  readonly #running = new Map<Answer, Promise<void>>();
  #stopped = false;

  constructor(parts: AnswersParts) {
    this.#parts = parts;
  }

  [Symbol.iterator](): Iterator<Answer> {
    return this.#running.keys();
  }

  /** Begins a turn, if none is under way. @throws Problem 409 `chat_busy`, 503 `draining` or `model_missing` */
  async begin(conversation: Conversation, plan: (transcript: Transcript) => TurnPlan): Promise<void> {
    if (this.#stopped) throw draining();
    const [usual] = this.#parts.models.values();
    if (usual === undefined) throw noModel();
    if (isUnderWay((await conversation.turn()).turn)) throw busy();
    const lease = await this.#take(`answer/${conversation.id}`);
    if (lease === undefined) throw busy();
    const run = secretSegment();
    let answer: Answer | undefined;
    try {
      const { turn: present, version } = await conversation.turn();
      if (isUnderWay(present)) throw busy();
      const { turn, changes, said, model: name = "" } = plan(await conversation.transcript());
      const model = this.#parts.models.get(name) ?? usual;
      answer = new Answer({ ...this.#parts, model, conversation, lease, run, turn, said });
      const { id, topic, turnTopic } = conversation;
      const begun: ConversationChange[] = [
        { topic, item: blockName(turn, 0), data: { text: "", open: true } },
        { topic: turnTopic, data: { state: "answering", run } },
        addAnswer(id),
      ];
      await conversation.change(version, [...changes, ...begun], lease.fence);
    } catch (error) {
      answer?.dismiss();
      await lease.release();
      throw isLate(error) ? busy() : error;
    }
    this.#run(answer, lease);
  }

  /** Stops all of them, marked as interrupted. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const answer of this) answer.stop(INTERRUPTED);
    await Promise.race([Promise.all(this.#running.values()), sleep(STOP_MS, undefined, { ref: false })]);
  }

  #run(answer: Answer, lease: Lease): void {
    const done = answer
      .run()
      .catch((error) => this.#parts.report("An answer has no end; it will be marked as interrupted.", error))
      .finally(() => lease.release())
      .catch((error) => this.#parts.report("A lease cannot be released.", error))
      .finally(() => this.#running.delete(answer));
    this.#running.set(answer, done);
  }

  /** Waits a little for the lease, since readers see an answer's end a moment before its lease is released. */
  async #take(name: string): Promise<Lease | undefined> {
    for (let waited = 0; ; waited += RETRY_MS) {
      const lease = await this.#parts.leases.take(name);
      if (lease !== undefined || waited >= TAKE_MS) return lease;
      await sleep(RETRY_MS);
    }
  }
}

function noModel(): Problem {
  const title = "This server has no model that could answer. Its operator can set OPENAI_BASE_URL.";
  return new Problem(503, "model_missing", title);
}

/** Whether the last message is still being answered. */
export function isBusy(error: unknown): boolean {
  return error instanceof Problem && error.code === "chat_busy";
}

function busy(): Problem {
  return new Problem(409, "chat_busy", "The last message is still being answered. Wait for its end, or stop it.");
}
