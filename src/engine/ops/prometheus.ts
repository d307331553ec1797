import type { Registry } from "prom-client";
import { LoopDelay } from "./loop-delay.ts";
import { type Durations, HEAL_REASONS, type Metrics, RESET_REASONS, type Tally } from "./metrics.ts";

/** What is true now, and is not counted: whoever knows it is asked. */
export interface Present {
  readonly streams: number;
  readonly behind: number;
  readonly topics: number;
  readonly isReachable: boolean;
}

interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string | number>>;
  /** Where that is another than the metric's. */
  readonly metricName?: string;
}

/** What a server counts, and how it is, as Prometheus reads it: at https://prometheus.io/docs/instrumenting/exposition_formats. */
export class Exposition {
  readonly #metrics: Metrics;
  readonly #present: () => Present;
  #registry: Promise<Registry> | undefined;
  #loop: LoopDelay | undefined;

  constructor(metrics: Metrics, present: () => Present) {
    this.#metrics = metrics;
    this.#present = present;
  }

  async text(): Promise<string> {
    this.#loop ??= new LoopDelay();
    this.#registry ??= this.#register();
    return (await this.#registry).metrics();
  }

  stop(): void {
    this.#loop?.stop();
  }

  async #register(): Promise<Registry> {
    // Loaded only where somebody asks, so that no start waits for it.
    const { Registry } = await import("prom-client");
    const registry = new Registry();
    const add = (type: string, name: string, help: string, values: () => Iterable<Sample>) => {
      // Its own counters would count again what is counted already.
      const metric = { name, get: async () => ({ name, help, type, values: [...values()] }) };
      registry.registerMetric(metric as never);
    };
    const counter = (name: string, help: string, values: () => number | Iterable<Sample>) =>
      add("counter", name, help, () => samples(values()));
    const gauge = (name: string, help: string, values: () => number | Iterable<Sample>) =>
      add("gauge", name, help, () => samples(values()));
    const histogram = (name: string, help: string, durations: Durations) =>
      add("histogram", name, help, () => buckets(name, durations));
    const m = this.#metrics;

    gauge("brooklet_streams", "Streams that are open.", () => this.#present().streams);
    gauge(
      "brooklet_streams_behind",
      "Of these, those whose readers have not taken all there is.",
      () => this.#present().behind,
    );
    gauge("brooklet_topics", "Topics that somebody looks at, or did a few seconds ago.", () => this.#present().topics);
    counter(
      "brooklet_publishes_total",
      "Values published, by whichever node, as this one has read them.",
      () => m.publishes,
    );
    counter(
      "brooklet_deliveries_total",
      "Events written to readers: one to a thousand readers is a thousand.",
      () => m.deliveries,
    );
    counter("brooklet_stream_bytes_total", "Bytes written to streams, before TLS.", () => m.bytes);
    counter("brooklet_catch_ups_total", "Readers that were sent what they lacked.", () => m.catchUps);
    counter("brooklet_resets_total", "Readers that were sent regions anew, by why.", () =>
      byName("reason", m.resets, RESET_REASONS),
    );
    counter("brooklet_heals_total", "Pages that came back after their stream was gone, by how.", () =>
      byName("by", m.heals, HEAL_REASONS),
    );
    counter("brooklet_asks_total", "Questions of open pages that are not live, for what is new.", () => m.asks);
    counter("brooklet_refusals_total", "Requests that were answered with an error, by its code.", () =>
      byName("code", m.refusals),
    );
    counter("brooklet_source_failures_total", "Failures of sources, by their widget.", () =>
      byName("widget", m.sourceFailures),
    );
    counter("brooklet_actions_total", "Presses of visitors, by what came of them.", () => [
      ...byName("action", m.actionsTaken, [], { outcome: "taken" }),
      ...byName("action", m.actionsRefused, [], { outcome: "refused" }),
      ...byName("action", m.actionFailures, [], { outcome: "failed" }),
    ]);
    histogram(
      "brooklet_render_seconds",
      "Renders of what readers are sent: one for each update and region.",
      m.renders,
    );
    histogram(
      "brooklet_dry_run_seconds",
      "Renders of what is published, to refuse what its template cannot take.",
      m.dryRuns,
    );
    histogram("brooklet_log_append_seconds", "Appends to the log, until they were durable.", m.appends);
    gauge("brooklet_log_reachable", "1 while the log can be reached, which on Redis it may not be.", () =>
      Number(this.#present().isReachable),
    );
    counter("brooklet_log_losses_total", "How often the log could not be reached any more.", () => m.logLosses);
    gauge("brooklet_event_loop_delay_seconds", "By how much the event loop was late since the last scrape.", () => {
      const { median, p99, max } = this.#loop!.take();
      return [
        { labels: { quantile: 0.5 }, value: median },
        { labels: { quantile: 0.99 }, value: p99 },
        { labels: { quantile: 1 }, value: max },
      ];
    });
    gauge("brooklet_memory_bytes", "Memory of the process, by kind.", () => {
      const { rss, heapUsed, external } = process.memoryUsage();
      return Object.entries({ resident: rss, heap_used: heapUsed, external }).map(([kind, value]) => ({
        labels: { kind },
        value,
      }));
    });
    counter("brooklet_cpu_seconds_total", "Time of the processor that the process has used.", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
    gauge(
      "brooklet_start_time_seconds",
      "When the process was started, since 1970.",
      () => Date.now() / 1000 - process.uptime(),
    );
    return registry;
  }
}

function samples(values: number | Iterable<Sample>): Iterable<Sample> {
  return typeof values === "number" ? [{ value: values }] : values;
}

/** @param known are there from the start, at 0: else the first one of a kind would be no increase */
function byName<Name extends string>(
  label: string,
  tally: Tally<Name>,
  known: readonly Name[] = [],
  more: Record<string, string> = {},
): Sample[] {
  return [...new Map([...known.map((name) => [name, 0] as const), ...tally])].map(([name, value]) => ({
    labels: { [label]: name, ...more },
    value,
  }));
}

function* buckets(name: string, { upTo, count, sum }: Durations): Iterable<Sample> {
  const metricName = `${name}_bucket`;
  for (const { bound, count } of upTo) yield { metricName, labels: { le: bound }, value: count };
  yield { metricName, labels: { le: "+Inf" }, value: count };
  yield { metricName: `${name}_sum`, value: sum };
  yield { metricName: `${name}_count`, value: count };
}
