import type { Problem } from "../problem.ts";
import type { Topic } from "../topic.ts";
import { type Answer, type IdempotencyKey, KEY_LIFE, mismatch } from "./key.ts";
import { copyRecord, type Draft, type Entry, emptyRecord, fold, isBlank, type TopicRecord } from "./record.ts";

/** A topic as a log keeps it; `at` is its last change. */
export interface Stored {
  readonly record: TopicRecord;
  readonly at: number;
}

/**
 * What goes when it is as old as a key may get: the answer to a key, or a topic that is blank, so that topics of one visitor
 * do not pile up. Unless it has changed since `at`. Nothing that a fresh page shows goes by age.
 */
export type Expiry = readonly [at: number, kind: "key" | "topic", name: string];

/** What is durable now. */
export interface State {
  readonly head: number;
  /** The newest seq of the topics that were forgotten. */
  readonly forgottenTo: number;
  topic(topic: Topic): Stored | undefined;
  answer(name: string): Answer | undefined;
  /** The oldest expiries before a time, `limit` of them at most. */
  expired(before: number, limit: number): readonly Expiry[];
}

export interface Request {
  readonly drafts: readonly Draft[];
  readonly key: IdempotencyKey | undefined;
  /** What it is told instead of being appended, unless its key has an answer. */
  readonly refusal: Problem | undefined;
}

/** One transaction: from the state before it to the state after it. Nothing is changed until it is committed. */
export interface Plan {
  readonly at: number;
  readonly head: number;
  readonly forgottenTo: number;
  readonly entries: readonly Entry[];
  /** What each request is told once this is durable. */
  readonly outcomes: readonly (number | Problem)[];
  /** The topics that change. Without `after` it is forgotten. */
  readonly topics: ReadonlyMap<Topic, { before: Stored | undefined; after: Stored | undefined }>;
  /** The keys that change. Without an answer it is forgotten. */
  readonly answers: ReadonlyMap<string, Answer | undefined>;
  readonly expiries: readonly Expiry[];
  /** Expiries that have had their day. */
  readonly spent: readonly Expiry[];
}

/** Gives each request its place in the order. Keys are looked up here, where one transaction follows the other. */
export function plan(requests: readonly Request[], state: State, at: number): Plan {
  const topics = new Map<Topic, { before: Stored | undefined; after: Stored | undefined }>();
  const answers = new Map<string, Answer | undefined>();
  const entries: Entry[] = [];
  const expiries: Expiry[] = [];
  let { head, forgottenTo } = state;

  // More than one request can add, so that what has expired never piles up, and no timer is needed.
  const spent = state.expired(at - KEY_LIFE, 2 * requests.length + 64);
  for (const [since, kind, name] of spent) {
    if (kind === "key") {
      if (state.answer(name)?.at === since) answers.set(name, undefined);
      continue;
    }
    const before = state.topic(name as Topic);
    if (before === undefined || before.at !== since || !isBlank(before.record)) continue;
    topics.set(name as Topic, { before, after: undefined });
    forgottenTo = Math.max(forgottenTo, before.record.seq);
  }

  const outcomes = requests.map(({ drafts, key, refusal }) => {
    const answer = key && (answers.get(key.name) ?? state.answer(key.name));
    if (answer !== undefined && at - answer.at < KEY_LIFE) {
      return answer.fingerprint === key!.fingerprint ? answer.seq : mismatch();
    }
    if (refusal !== undefined) return refusal;
    for (const draft of drafts) append({ ...draft, seq: ++head, at });
    if (key !== undefined) {
      answers.set(key.name, { fingerprint: key.fingerprint, seq: head, at });
      expiries.push([at, "key", key.name]);
    }
    return head;
  });
  for (const [topic, { after }] of topics) {
    if (after !== undefined && isBlank(after.record)) expiries.push([at, "topic", topic]);
  }
  return { at, head, forgottenTo, entries, outcomes, topics, answers, expiries, spent };

  function append(entry: Entry): void {
    entries.push(entry);
    const { topic } = entry;
    const staged = topics.get(topic);
    const before = staged === undefined ? state.topic(topic) : staged.before;
    // What is durable is never folded into: a transaction that fails leaves nothing behind.
    const known = staged === undefined ? before && copyRecord(before.record) : staged.after?.record;
    const record = known ?? emptyRecord(forgottenTo);
    if (fold(record, entry).kind !== "none") topics.set(topic, { before, after: { record, at } });
  }
}
