import type { Broker } from "../engine/broker/broker.ts";
import type { Lease, Leases } from "../engine/core/lease.ts";
import { Problem } from "../engine/core/problem.ts";
import { entries, removal } from "./active-answers.ts";
import type { Answer } from "./answer.ts";
import { Conversation, type ConversationChange } from "./conversation.ts";
import { noteName, type Transcript } from "./transcript.ts";
import { INTERRUPTED, LEFT } from "./turn.ts";

export interface SupervisorParts {
  readonly broker: Broker;
  readonly leases: Leases;
  /** The answers that this node gives. */
  readonly here: Iterable<Answer>;
  readonly report: (text: string, error: unknown) => void;
  readonly leaveMs?: number | undefined;
  readonly roundMs?: number | undefined;
}

/**
 * Looks, again and again, at all answers under way, on whatever nodes: one whose node has died is marked as interrupted, and
 * one that nobody reads any more is stopped.
 */
export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #leaveMs: number;
  readonly #roundMs: number;
  /** By conversation: what tells the node that answers it that somebody reads it here. */
  readonly #reading = new Map<string, Lease>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #failing = false;
  #stopped = false;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#leaveMs = parts.leaveMs ?? 25_000; // a topic counts as read for 5 s more
    this.#roundMs = parts.roundMs ?? 2_000;
  }

  start(): void {
    this.#round = this.#go().then(
      () => {
        this.#failing = false;
      },
      (error) => {
        // A log that cannot be reached says so itself; and what goes on failing is told of once.
        const away = error instanceof Problem && error.status === 503;
        if (!this.#failing && !away) this.#parts.report("The answers under way cannot be looked at.", error);
        this.#failing = !away;
      },
    );
    void this.#round.then(() => {
      if (!this.#stopped) this.#timer = setTimeout(() => this.start(), this.#roundMs).unref();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
    await Promise.all([...this.#reading.values()].map((lease) => lease.release()));
  }

  async #go(): Promise<void> {
    const { broker } = this.#parts;
    const here = new Map([...this.#parts.here].map((answer) => [answer.conversation.id, answer]));
    for (const answer of here.values()) await this.#look(answer);
    const all = await entries(broker);
    for (const id of all) if (!here.has(id)) await this.#recover(new Conversation(broker, id));
    const read = all.filter((id) => broker.hasReaders(new Conversation(broker, id).topic));
    await this.#tell(read.filter((id) => !here.has(id)));
  }

  /** Stops an answer of this node that has had no reader, here or elsewhere, for a while. */
  async #look(answer: Answer): Promise<void> {
    const { topic, id } = answer.conversation;
    // Of a log that was lost and found, this node is told how things stand, and not all that has happened.
    answer.heed((await answer.conversation.turn()).turn);
    const now = Date.now();
    if (this.#parts.broker.hasReaders(topic)) answer.seen = now;
    else if (now - answer.seen >= this.#leaveMs) {
      if (await this.#parts.leases.held(`reading/${id}`)) answer.seen = now;
      else answer.stop(LEFT);
    }
  }

  /** Whoever answers holds its lease: where it can be taken, nobody does. */
  async #recover(conversation: Conversation): Promise<void> {
    const { broker, leases } = this.#parts;
    const lease = await leases.take(`answer/${conversation.id}`);
    if (lease === undefined) return;
    try {
      const { run } = (await conversation.turn()).turn;
      if (run !== undefined)
        await conversation.end(run, interrupted(conversation, await conversation.transcript()), lease.fence);
      else await broker.publish([removal(conversation.id)], { fence: lease.fence });
    } finally {
      await lease.release();
    }
  }

  /** Holds a lease for each of these conversations, and for no other. */
  async #tell(read: readonly string[]): Promise<void> {
    for (const [id, lease] of this.#reading) {
      if (read.includes(id) && !lease.lost.aborted) continue;
      this.#reading.delete(id);
      await lease.release();
    }
    for (const id of read) {
      if (this.#reading.has(id)) continue;
      const lease = await this.#parts.leases.take(`reading/${id}`);
      if (lease !== undefined) this.#reading.set(id, lease);
    }
  }
}

/** What is left of an answer, closed, and why there is no more. */
function interrupted({ topic, turnTopic }: Conversation, transcript: Transcript): ConversationChange[] {
  const { state, note } = INTERRUPTED;
  const closed: ConversationChange[] = transcript.open.map(({ name: item, data }) =>
    data.text === "" ? { op: "remove", topic, item } : { topic, item, data: { ...data, open: false } },
  );
  return [
    ...closed,
    { topic, item: noteName(transcript.turn), data: { note } },
    { topic: turnTopic, data: { state, said: note } },
  ];
}
