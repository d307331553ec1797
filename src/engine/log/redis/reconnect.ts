import { wait } from "../../core/wait.ts";
import { connect } from "./connect.ts";
import type { RedisLink } from "./link.ts";

export interface ConnectionParts {
  readonly url: URL;
  readonly stop: AbortSignal;
  /** A connection that gives no answer in this time is lost. */
  readonly timeoutMs: number;
  /** Called with each new connection. It should return soon after `over` is aborted, which is when the connection is lost. */
  readonly use: (link: RedisLink, over: AbortSignal) => Promise<void>;
  /** Called with the reason when a connection was lost, or could not be made. */
  readonly onLost: (error: unknown) => void;
}

/** Keeps a connection to Redis: makes a new one whenever one is lost, until it is stopped. */
export async function keepConnected({ url, stop, timeoutMs: ms, use, onLost }: ConnectionParts): Promise<void> {
  while (!stop.aborted) {
    const over = new AbortController();
    const end = () => over.abort();
    stop.addEventListener("abort", end);
    try {
      await use(
        await connect({ url, variable: "LOG_URL", stop: over.signal, onLost: end, timeoutMs: ms }),
        over.signal,
      );
    } catch (error) {
      if (!stop.aborted) onLost(error);
    } finally {
      stop.removeEventListener("abort", end);
      end(); // commands in flight are rejected, and never sent again
    }
    // Jitter: nodes that lost Redis together should not all come back in the same instant.
    await wait(100 + Math.random() * 200, stop);
  }
}
