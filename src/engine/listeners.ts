import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Settings } from "./config/settings.ts";
import { mostConnections, openFiles } from "./http/listen/connections.ts";
import { listen, urlOf } from "./http/listen/listen.ts";
import { createServer, type TimeLimits } from "./http/listen/server.ts";
import { type KeyPair, renewKeyPair } from "./http/listen/tls.ts";
import type { WebServer } from "./http/listen/web-server.ts";
import type { Report } from "./ops/logger.ts";
import type { Metrics } from "./ops/metrics.ts";

/** Limits of connections that nobody needs to set, except tests. */
export interface ListenLimits {
  /** How many connections there may be; by default as many as `LIMITS` and the system allow. */
  readonly connections?: number | undefined;
  /** How slow a connection may be. */
  readonly connection?: Partial<TimeLimits> | undefined;
  /** Between two looks whether the certificate was renewed; 10,000 by default. */
  readonly renewMs?: number | undefined;
}

export interface ListenersParts {
  readonly settings: Settings;
  /** Undefined: plain HTTP. */
  readonly pair: KeyPair | undefined;
  /** Answers visitors and programs. */
  readonly answer: RequestListener;
  /** Answers at METRICS_PORT. */
  readonly answerMetrics: RequestListener;
  readonly limits: ListenLimits;
  readonly metrics: Metrics;
  readonly report: Report;
}

/** What is answered where: visitors and programs at PORT, and the operator's programs at METRICS_PORT, if it is set. */
export class Listeners {
  readonly web: WebServer;
  readonly #forMetrics: WebServer;
  readonly #parts: ListenersParts;
  #stopRenewing: (() => void) | undefined;

  constructor(parts: ListenersParts) {
    const { answer, answerMetrics, limits, pair, metrics, report } = parts;
    this.#parts = parts;
    const most = limits.connections ?? mostConnections(openFiles(), report);
    this.web = createServer(answer, limits.connection, pair, { most, metrics, report });
    this.#forMetrics = createServer(answerMetrics);
  }

  /** Resolves once all listen. @throws SettingsError for what the operator has to mend; then none listens */
  async open(): Promise<{ readonly url: string; readonly port: number; readonly metricsPort: number | undefined }> {
    const { settings, pair } = this.#parts;
    const both = [
      listen(this.web, settings),
      settings.metrics && listen(this.#forMetrics, settings.metrics, "METRICS_"),
    ] as const;
    const [address, forMetrics] = await Promise.all(both).catch((error) => {
      for (const server of [this.web, this.#forMetrics]) server.close();
      throw error;
    });
    this.#renew();
    return this.#at(address, forMetrics, pair === undefined ? "http" : "https");
  }

  /** Takes no new certificate any more. */
  stopRenewing(): void {
    this.#stopRenewing?.();
  }

  /** Ends what the operator's programs ask, which they do until the very last. */
  closeMetrics(): void {
    this.#forMetrics.close();
    this.#forMetrics.closeAllConnections();
  }

  #at({ port, ...address }: AddressInfo, forMetrics: AddressInfo | undefined, scheme: "http" | "https") {
    const url = urlOf(scheme, this.#parts.settings.host, { ...address, port });
    return { url, port, metricsPort: forMetrics?.port };
  }

  #renew(): void {
    const { settings, pair, limits, report } = this.#parts;
    if (pair === undefined) return;
    const use = (renewed: KeyPair) => this.web.setSecureContext?.(renewed);
    this.#stopRenewing = renewKeyPair(settings.tls!, pair, { use, report, lookMs: limits.renewMs });
  }
}
