import { LIMITS } from "../core/limits.ts";
import { logBusy } from "./failure.ts";
import type { AppendRequest } from "./transaction.ts";

/** What a draft takes in memory beside its text, roughly. */
const DRAFT_OVERHEAD_BYTES = 200;
/** How much goes into one transaction, so that working it out does not block the process for long. */
const MAX_BATCH_DRAFTS = 1_000;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** An append in flight, with the promise that its publisher waits for. */
export interface QueuedAppend extends AppendRequest {
  /** What it takes in memory, roughly. */
  readonly bytes: number;
  readonly resolve: (seq: number) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The appends in flight: those that wait to be written, and those that are being written. The log adds to it; whoever writes
 * takes a batch, writes it, settles each one's promise, and then releases the batch.
 */
export class AppendQueue {
  #queue: QueuedAppend[] = [];
  #drafts = 0;
  #bytes = 0;

  /** How many appends wait to be written. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Puts an append at the end of the queue.
   * @returns a promise of its seq, which whoever takes it from the queue resolves or rejects
   * @throws Problem 429 `log_busy`
   */
  add(request: AppendRequest): Promise<number> {
    const { drafts } = request;
    const bytes = drafts.reduce(
      (sum, draft) => sum + DRAFT_OVERHEAD_BYTES + (draft.op === "publish" ? draft.json.text.length : 0),
      0,
    );
    // One that is too large even for an empty queue is let in when the queue is empty, or it would be refused for ever.
    const full = this.#drafts + drafts.length > LIMITS.waitingValues || this.#bytes + bytes > LIMITS.waitingBytes;
    if (full && this.#drafts > 0) throw logBusy();
    this.#drafts += drafts.length;
    this.#bytes += bytes;
    const { key, refusal, expect, sweep } = request;
    return new Promise((resolve, reject) => {
      this.#queue.push({ drafts: [...drafts], key, refusal, expect, sweep, bytes, resolve, reject });
    });
  }

  /** Takes the next appends from the queue, as many as fit into one transaction; none if none waits. */
  take(): QueuedAppend[] {
    let drafts = 0;
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      drafts += waiting.drafts.length;
      bytes += waiting.bytes;
      if (count > 0 && (drafts > MAX_BATCH_DRAFTS || bytes > MAX_BATCH_BYTES)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** To be called once these have been settled: makes room for others. */
  release(settled: readonly QueuedAppend[]): void {
    for (const { drafts, bytes } of settled) {
      this.#drafts -= drafts.length;
      this.#bytes -= bytes;
    }
  }
}
