import { logBusy } from "./failure.ts";
import type { Request } from "./transaction.ts";

/** What may wait or be on its way to the disk. Beyond it publishers are pushed back: a queue without bound is an outage later. */
const MAX_DRAFTS = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** What a draft weighs beside its text, roughly. */
const DRAFT_BYTES = 200;
/** What one transaction takes. Bounded, so that its place in the order is worked out without holding up the process. */
const BATCH_DRAFTS = 1_000;
const BATCH_BYTES = 8 * 1024 * 1024;

/** An append that is in flight. */
export interface Waiting extends Request {
  readonly bytes: number;
  readonly resolve: (seq: number) => void;
  readonly reject: (error: Error) => void;
}

/** The appends in flight: those that wait for the disk, and those that are on their way to it. */
export class AppendQueue {
  #queue: Waiting[] = [];
  #drafts = 0;
  #bytes = 0;

  /**
   * @returns the outcome, for whoever takes it to settle
   * @throws Problem 429 `log_busy`
   */
  add(request: Request): Promise<number> {
    const { drafts } = request;
    const bytes = drafts.reduce(
      (sum, draft) => sum + DRAFT_BYTES + (draft.op === "publish" ? draft.json.text.length : 0),
      0,
    );
    // What is too large for an empty queue would be refused for ever.
    const full = this.#drafts + drafts.length > MAX_DRAFTS || this.#bytes + bytes > MAX_WAITING_BYTES;
    if (full && this.#drafts > 0) throw logBusy();
    this.#drafts += drafts.length;
    this.#bytes += bytes;
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...request, drafts: [...drafts], bytes, resolve, reject });
    });
  }

  /** Takes what fits in one transaction; nothing if nothing waits. */
  take(): Waiting[] {
    let drafts = 0;
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      drafts += waiting.drafts.length;
      bytes += waiting.bytes;
      if (count > 0 && (drafts > BATCH_DRAFTS || bytes > BATCH_BYTES)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** Makes room for others: these have been settled. */
  done(settled: readonly Waiting[]): void {
    for (const { drafts, bytes } of settled) {
      this.#drafts -= drafts.length;
      this.#bytes -= bytes;
    }
  }
}
