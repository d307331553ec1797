import { ROOT_CONTEXT, type SpanContext, type Tracer, trace } from "@opentelemetry/api";

/** An append that is under way. Its seq is unknown until the log has said it. */
interface Append {
  readonly drafts: number;
  /** The span of the publish, below which the delivery belongs. */
  readonly publish: SpanContext | undefined;
  seq: number | undefined;
}

/** What was, or will be, rendered and fanned out together. Times are by `performance.now()`. */
interface Flush {
  readonly seqs: number[];
  /** Those that are known to be of it. */
  readonly publishes: Set<SpanContext>;
  /** Appends that may turn out to be of it. */
  waiting: Set<Append>;
  began: number;
  ended: number;
  readers: number;
  bytes: number;
}

const newFlush = (): Flush => ({
  seqs: [],
  publishes: new Set(),
  waiting: new Set(),
  began: 0,
  ended: 0,
  readers: 0,
  bytes: 0,
});

/**
 * Finds out which appends of this node each flush was of. An entry may be fanned out before its publisher knows its seq: so the
 * span of a flush is made afterwards, once all that were under way have been told theirs. It is a child of its publish, and of
 * several it has a link to each.
 */
export class TracedFlushes {
  readonly #tracer: Tracer;
  readonly #underWay = new Set<Append>();
  readonly #unfinished = new Set<Flush>();
  #next = newFlush();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** To be called before an append, and then `settle` once this node shows it, or it has failed. */
  begin(drafts: number, publish: SpanContext | undefined): Append {
    const append = { drafts, publish, seq: undefined };
    this.#underWay.add(append);
    return append;
  }

  settle(append: Append): void {
    this.#underWay.delete(append);
    for (const flush of [...this.#unfinished, this.#next]) {
      if (append.publish !== undefined && isOf(append, flush)) flush.publishes.add(append.publish);
      if (flush.waiting.delete(append) && flush.waiting.size === 0) this.#finish(flush);
    }
  }

  applied(seq: number): void {
    this.#next.seqs.push(seq);
  }

  flush(sent: { readonly bytes: number }, work: () => number): void {
    const flush = this.#next;
    this.#next = newFlush();
    flush.bytes = -sent.bytes;
    flush.began = performance.now();
    flush.readers = work();
    flush.ended = performance.now();
    flush.bytes += sent.bytes;
    flush.waiting = new Set(this.#underWay);
    this.#unfinished.add(flush);
    if (flush.waiting.size === 0) this.#finish(flush);
  }

  #finish(flush: Flush): void {
    this.#unfinished.delete(flush);
    const [publish, ...others] = flush.publishes;
    if (publish === undefined) return; // all of it was published on other nodes
    const attributes = { "brooklet.readers": flush.readers, "brooklet.bytes": flush.bytes };
    const links = others.length === 0 ? [] : [...flush.publishes].map((context) => ({ context }));
    const parent = others.length === 0 ? trace.setSpanContext(ROOT_CONTEXT, publish) : ROOT_CONTEXT;
    this.#tracer.startSpan("deliver", { startTime: flush.began, attributes, links }, parent).end(flush.ended);
  }
}

/** The entries of an append follow each other, without others between them. */
function isOf({ seq: last, drafts }: Append, { seqs }: Flush): boolean {
  return last !== undefined && seqs.some((seq) => seq > last - drafts && seq <= last);
}
