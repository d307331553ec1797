import { RedisLink, Refusal } from "./link.ts";
import { LOG } from "./script.ts";

/** Whether a Redis holds a log. Nothing is written there. @throws Error where that cannot be known */
export async function holdsLog(url: URL): Promise<boolean> {
  const done = new AbortController();
  try {
    const link = await RedisLink.open({ url, variable: "REDIS_URL", stop: done.signal, onLost: () => {} });
    return (await link.ask((client) => client.exists(LOG))) === 1;
  } catch (error) {
    // Who may not look at it cannot have had a log there.
    if (error instanceof Refusal && error.word === "NOPERM") return false;
    throw error;
  } finally {
    done.abort();
  }
}
