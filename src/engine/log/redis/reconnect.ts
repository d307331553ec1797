import { wait } from "../../core/wait.ts";
import { RedisLink } from "./link.ts";

export interface Keeping {
  readonly url: URL;
  readonly stop: AbortSignal;
  /** No answer within this time is a lost connection. */
  readonly ms: number;
  /** Uses the connection until it is lost, when `over` is aborted. */
  readonly use: (link: RedisLink, over: AbortSignal) => Promise<void>;
  /** Told why a connection was lost, or not made. */
  readonly onLost: (error: unknown) => void;
}

/** Keeps a connection to Redis: a new one whenever one is lost, until it is stopped. */
export async function keep({ url, stop, ms, use, onLost }: Keeping): Promise<void> {
  while (!stop.aborted) {
    const over = new AbortController();
    const end = () => over.abort();
    stop.addEventListener("abort", end);
    try {
      await use(await RedisLink.open({ url, variable: "LOG_URL", stop: over.signal, onLost: end, ms }), over.signal);
    } catch (error) {
      if (!stop.aborted) onLost(error);
    } finally {
      stop.removeEventListener("abort", end);
      end(); // whatever is on its way is rejected, and never sent again
    }
    // Jitter: nodes that lost Redis together should not all come back in the same instant.
    await wait(100 + Math.random() * 200, stop);
  }
}
