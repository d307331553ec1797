import type { IncomingHttpHeaders } from "node:http";
import {
  type Context,
  context,
  createContextKey,
  ProxyTracer,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { Problem } from "../core/problem.ts";
import { type Topic, widgetOf } from "../core/topic.ts";
import { TracedFlushes } from "./traced-flushes.ts";

/** Under this a context has the span of a request that is to change a topic. */
const REQUEST = createContextKey("brooklet request");

/**
 * What becomes of a value, as spans of OpenTelemetry: `publish price`, or another change, and below it `append` and `deliver`.
 * Without a tracer each function does what it is called with, and nothing besides. Of a topic's name no more than the widget is
 * told, since the rest may be a visitor's own.
 */
export class Tracing {
  readonly #tracer: Tracer | undefined;
  readonly #flushes: TracedFlushes | undefined;

  /** @param tracer none by default: nothing is traced */
  constructor(tracer?: Tracer) {
    this.#tracer = tracer;
    this.#flushes = tracer && new TracedFlushes(tracer);
  }

  /** Around a request that is to change a topic. It goes on with the trace that the headers, or a span around it, are of. */
  request<Result>(method: string, headers: IncomingHttpHeaders, work: () => Promise<Result>): Promise<Result> {
    if (this.#tracer === undefined) return work();
    const present = context.active();
    const outer = trace.getSpan(present) === undefined ? propagation.extract(ROOT_CONTEXT, headers) : present;
    const name = method === "DELETE" ? "remove" : "publish"; // until it is known that there is such a widget
    const span = this.#tracer.startSpan(name, { kind: SpanKind.SERVER }, outer);
    return within(span, trace.setSpan(outer, span).setValue(REQUEST, span), work);
  }

  /** Around a change of a topic: a request's is known by its span, any other begins a trace of its own. */
  change<Result>(op: string, topic: Topic, work: () => Promise<Result>): Promise<Result> {
    if (this.#tracer === undefined) return work();
    // Only a request's own context says whose change it is: a source still has that of whoever was the first to need it.
    const request = context.active().getValue(REQUEST) as Span | undefined;
    const span = request ?? this.#tracer.startSpan(op, {}, ROOT_CONTEXT);
    const named = async () => {
      try {
        const result = await work();
        name(span, op, topic);
        return result;
      } catch (error) {
        // A widget that there is not is any word at all.
        if (!(error instanceof Problem) || error.code !== "topic_unknown") name(span, op, topic);
        throw error;
      }
    };
    const inner = trace.setSpan(ROOT_CONTEXT, span);
    return request === undefined ? within(span, inner, named) : context.with(inner, named);
  }

  /**
   * Around what appends so many drafts, and waits until this node shows them: it calls `appended` with the seq of the last one
   * once that is durable.
   */
  append<Result>(drafts: number, work: (appended: (seq: number) => void) => Promise<Result>): Promise<Result> {
    if (this.#tracer === undefined || this.#flushes === undefined) return work(() => {});
    const parent = context.active();
    const span = this.#tracer.startSpan("append", {}, parent);
    const append = this.#flushes.begin(drafts, trace.getSpanContext(parent));
    const appended = (seq: number) => {
      append.seq = seq;
      span.end();
    };
    const settle = () => this.#flushes?.settle(append);
    return within(span, trace.setSpan(parent, span), () => work(appended)).finally(settle);
  }

  /** An entry of the log changes what readers are sent by the next flush. */
  applied(seq: number): void {
    this.#flushes?.applied(seq);
  }

  /**
   * Around what renders and fans out all that was applied since the last time.
   * @param sent counts bytes
   * @param work returns how many readers were sent something
   */
  flush(sent: { readonly bytes: number }, work: () => number): void {
    if (this.#flushes === undefined) work();
    else this.#flushes.flush(sent, work);
  }
}

/** Undefined where the operator has registered no provider: the package itself is always there. */
export function registeredTracer(): Tracer | undefined {
  const tracer = trace.getTracer("brooklet");
  return tracer instanceof ProxyTracer ? undefined : tracer;
}

function name(span: Span, op: string, topic: Topic): void {
  const widget = widgetOf(topic);
  span.updateName(`${op} ${widget}`).setAttribute("brooklet.widget", widget);
}

/** Ends the span with what is done in its context, if that has not ended it; an error is told by its code alone. */
async function within<Result>(span: Span, inner: Context, work: () => Promise<Result>): Promise<Result> {
  try {
    return await context.with(inner, work);
  } catch (error) {
    const code = error instanceof Problem ? error.code : "internal";
    span.setStatus({ code: SpanStatusCode.ERROR, message: code }).setAttribute("error.type", code);
    throw error;
  } finally {
    if (span.isRecording()) span.end();
  }
}
