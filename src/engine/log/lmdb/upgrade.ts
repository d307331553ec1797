import type { RootDatabase } from "lmdb";
import type { Topic } from "../../core/topic.ts";
import { BLANK_QUEUE, type Queue, queueOf, queueOfKey } from "../bounds.ts";
import type { KeptAnswer } from "../idempotency-key.ts";
import { answerKey, type Key, placeKey, SIZES, sizeKey, topicKey, valuesOf } from "./layout.ts";

const under = (kind: string) => ({ start: [kind] as Key, end: [kind, "\uffff"] as Key });

/** Gives each topic and key its place in an expiry queue, in a folder of a version that had none. Else it does nothing. */
export function upgrade(db: RootDatabase<string>): void {
  if ([...db.getKeys({ ...SIZES, limit: 1 })].length > 0) return;
  const sizes = new Map<Queue, number>();
  const join = (queue: Queue | undefined, at: number, name: string) => {
    if (queue === undefined) return;
    void db.put(placeKey({ queue, at, name }), "");
    sizes.set(queue, (sizes.get(queue) ?? 0) + 1);
  };
  db.transactionSync(() => {
    for (const topic of names("topic") as Topic[]) {
      const meta = JSON.parse(db.get(topicKey(topic))!) as { ended: number; stale: unknown; at: number };
      const shows =
        meta.ended > 0 || meta.stale !== null || [...db.getKeys({ ...valuesOf(topic), limit: 1 })].length > 0;
      const queue = queueOf(topic);
      void db.put(topicKey(topic), JSON.stringify({ ...meta, queue }));
      join(shows ? queue : BLANK_QUEUE, meta.at, topic);
    }
    for (const name of names("key")) {
      const answer = JSON.parse(db.get(answerKey(name))!) as KeptAnswer;
      join(queueOfKey(name), answer.at, name);
    }
    // The order by age that such a version kept.
    for (const key of [...db.getKeys(under("expiry"))]) void db.remove(key);
    for (const [queue, size] of sizes) void db.put(sizeKey(queue), String(size));
  });

  function names(kind: string): string[] {
    return [...db.getKeys(under(kind))].map((key) => (key as Key)[1] as string);
  }
}
