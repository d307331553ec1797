import { connect } from "./connect.ts";
import { Refusal } from "./link.ts";
import { LOG } from "./script.ts";

/** Whether a Redis holds a log of Brooklet's. Writes nothing. @throws Error where that cannot be found out */
export async function holdsLog(url: URL): Promise<boolean> {
  const done = new AbortController();
  try {
    const link = await connect({ url, variable: "REDIS_URL", stop: done.signal, onLost: () => {} });
    return (await link.ask((client) => client.exists(LOG))) === 1;
  } catch (error) {
    // A user that may not look at this key cannot have had a log there.
    if (error instanceof Refusal && error.word === "NOPERM") return false;
    throw error;
  } finally {
    done.abort();
  }
}
