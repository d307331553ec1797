import type { Broker } from "../engine/broker/broker.ts";
import type { Lease, Leases } from "../engine/core/lease.ts";
import { Problem } from "../engine/core/problem.ts";
import type { Words } from "../engine/words/words.ts";
import { activeAnswers, removeAnswer } from "./active-answers.ts";
import type { Answer } from "./answer.ts";
import type { Conversation, ConversationChange } from "./conversation.ts";
import { noteName, noteOf, type Transcript } from "./transcript.ts";
import { INTERRUPTED, LEFT, noteIn } from "./turn.ts";

export interface SupervisorParts {
  readonly broker: Broker;
  readonly leases: Leases;
  /** The answers that this node gives. */
  readonly here: Iterable<Answer>;
  /** Gives the conversation of an id. */
  readonly conversation: (id: string) => Conversation;
  /** Gives the site's words. */
  readonly words: () => Words;
  readonly report: (text: string, error: unknown) => void;
  readonly leaveMs?: number | undefined;
  readonly roundMs?: number | undefined;
}

/**
 * Looks every two seconds at the answers under way, on all nodes. Each node does three things in such a round:
 * - an answer of its own that has had no reader for a while, on any node, is stopped;
 * - an answer whose node has died (nobody has its lease) is marked as interrupted;
 * - for conversations that are read here and answered elsewhere it takes the lease `reading/<id>`, which tells the other node
 *   that there is a reader.
 */
export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #leaveMs: number;
  readonly #roundMs: number;
  /** The leases `reading/<id>` that this node has, by conversation. */
  readonly #reading = new Map<string, Lease>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #failing = false;
  #stopped = false;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#leaveMs = parts.leaveMs ?? 25_000; // the topic counts as read for 5 s before that begins
    this.#roundMs = parts.roundMs ?? 2_000;
  }

  /** Does a round, and then one each `roundMs`. To be called once. */
  start(): void {
    this.#round = this.#doRound().then(
      () => {
        this.#failing = false;
      },
      (error) => {
        // A log that cannot be reached reports so itself, and what goes on failing is reported once.
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

  async #doRound(): Promise<void> {
    const { broker, conversation } = this.#parts;
    const here = new Map([...this.#parts.here].map((answer) => [answer.conversation.id, answer]));
    for (const answer of here.values()) await this.#check(answer);
    const all = await activeAnswers(broker);
    for (const id of all) if (!here.has(id)) await this.#recover(conversation(id));
    const read = all.filter((id) => broker.hasReaders(conversation(id).topic));
    await this.#announceReaders(read.filter((id) => !here.has(id)));
  }

  /** Stops an answer of this node if it has had no reader for `leaveMs`, on any node. */
  async #check(answer: Answer): Promise<void> {
    const { topic, id } = answer.conversation;
    // While the log was away, a press of Stop on another node may have been missed: so its result is looked at.
    answer.heed((await answer.conversation.turn()).turn);
    const now = Date.now();
    if (this.#parts.broker.hasReaders(topic)) answer.seen = now;
    else if (now - answer.seen >= this.#leaveMs) {
      if (await this.#parts.leases.isTaken(`reading/${id}`)) answer.seen = now;
      else answer.stop(LEFT);
    }
  }

  /** Marks an answer as interrupted if its node has died: while it is answered, its lease cannot be taken. */
  async #recover(conversation: Conversation): Promise<void> {
    const { broker, leases, words } = this.#parts;
    const lease = await leases.take(`answer/${conversation.id}`);
    if (lease === undefined) return;
    try {
      const { run } = (await conversation.turn()).turn;
      if (run !== undefined) {
        const changes = interrupted(conversation, await conversation.transcript(), words());
        await conversation.end(run, changes, lease.fence);
      } else await broker.publish([removeAnswer(conversation.id)], { fence: lease.fence });
    } finally {
      await lease.release();
    }
  }

  /** Takes the lease `reading/<id>` of each of these conversations, and releases those of all others. */
  async #announceReaders(read: readonly string[]): Promise<void> {
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

/** The changes that close what there is of an answer, and say that it was interrupted. */
function interrupted({ topic, turnTopic }: Conversation, transcript: Transcript, words: Words): ConversationChange[] {
  const { state } = INTERRUPTED;
  const note = noteIn(words, INTERRUPTED)!;
  const closed: ConversationChange[] = transcript.open.map(({ name: item, data }) =>
    data.text === "" ? { op: "remove", topic, item } : { topic, item, data: { ...data, open: false } },
  );
  return [
    ...closed,
    { topic, item: noteName(transcript.turn), data: noteOf(note, state) },
    { topic: turnTopic, data: { state, said: note } },
  ];
}
