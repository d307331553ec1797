import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { Broker } from "./broker/broker.ts";
import { wait } from "./core/wait.ts";
import type { RunningFeature } from "./feature.ts";
import { BACKLOG } from "./http/listen/listen.ts";
import type { WebServer } from "./http/listen/web-server.ts";
import type { Phase } from "./http/middleware/leaving.ts";
import type { Report } from "./ops/logger.ts";
import type { Presence } from "./presence/presence.ts";
import type { Sources } from "./sources/sources.ts";

export interface DrainParts {
  readonly web: WebServer;
  readonly broker: Broker;
  readonly sources: Sources;
  readonly presence: Presence;
  readonly features: readonly RunningFeature[];
  /** Whether other nodes have the same log, so that visitors can go there. */
  readonly shared: boolean;
  /** How long it may take until the server is gone, milliseconds. */
  readonly drainMs: number;
  readonly report: Report;
}

/**
 * The part of DRAIN_SECONDS in which one of many nodes only answers 503 at /healthz, so that balancers notice first; and for as long
 * at least, after it has closed its door, it answers those that have not, on connections that they have kept.
 */
const NOTICE_SHARE = 0.2;
/**
 * The part of the rest over which the ends of streams are spread. After it answers and slow readers have time; then connections
 * are cut.
 */
const SPREAD_SHARE = 0.8;

/**
 * Stops a server in steps, so that what it has begun is not cut off, and its readers move to other nodes a few at a time.
 */
export class Drain implements Phase {
  #isLeaving = false;
  #isClosing = false;

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Resolves once all is closed. */
  async run({ web, broker, sources, presence, features, shared, drainMs, report }: DrainParts): Promise<void> {
    this.#isLeaving = true;
    const { size } = broker;
    const streams = size === 1 ? "1 stream ends" : `${size} streams end`;
    // Told where somebody waits for it: whoever ends a server that nobody looks at is told enough by its last line.
    const level = size > 0 && drainMs > 0 ? "info" : "debug";
    report(`Leaving: ${streams} within ${drainMs / 1000} s.`, undefined, { level });
    const noticeMs = shared ? NOTICE_SHARE * drainMs : 0;
    const leftMs = drainMs - noticeMs;
    await wait(noticeMs);
    await allAccepted(web);
    const closed = once(web, "close");
    web.close();
    const kept = wait(noticeMs).then(() => web.closeIdleConnections());
    // Before the streams end, so that they still tell of it.
    await Promise.all(
      features.map((feature) =>
        feature.stop?.().catch((error) => report("A feature does not stop as it should.", error)),
      ),
    );
    await Promise.all([broker.drain(SPREAD_SHARE * leftMs), kept]);
    this.#isClosing = true;
    await sources.stop();
    presence.stop();
    await Promise.race([closed, wait((1 - SPREAD_SHARE) * leftMs)]);
    web.closeAllConnections();
    await closed;
    await broker.close();
    report("Brooklet has stopped.", undefined, { level: "info" });
  }
}

/**
 * Once all that have connected are accepted, since those that wait for that when the door closes are cut. A turn of the event loop
 * accepts one of them: so it is over with the first that has none, or when so many have come that more are only just coming.
 */
async function allAccepted(web: WebServer): Promise<void> {
  let accepted = 0;
  const count = () => void accepted++;
  web.on("connection", count);
  for (let before = -1; before < accepted && accepted < BACKLOG; ) {
    before = accepted;
    await setImmediate();
  }
  web.off("connection", count);
}
