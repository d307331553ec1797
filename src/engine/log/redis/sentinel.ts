import { createClient, ErrorReply } from "redis";
import type { SentinelHost, SentinelUrl } from "../../config/redis-address.ts";

/** How long one Sentinel may take to answer, before the next one is asked. */
const ANSWER_TIMEOUT_MS = 500;

/**
 * Asks the Sentinels, one after the other, where the present primary is. The `redis` package has a client of its own for
 * Sentinels, which sends a command again where the primary changes under it: so could an append be done twice.
 * @param variable the setting that the operator has to mend where none of them tells
 * @throws Error that names it
 */
export async function primaryOf(place: SentinelUrl, variable: string, stop: AbortSignal): Promise<URL> {
  const reasons: string[] = [];
  for (const host of place.sentinels) {
    try {
      return await ask(host, place, stop);
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      reasons.push(`${host.hostname}:${host.port} (${code ?? message})`);
    }
  }
  throw new Error(
    `no Sentinel tells where the primary ${place.primary} is: ${reasons.join(", ")}. ` +
      `Are they running? Set ${variable} to where they are.`,
  );
}

async function ask(host: SentinelHost, place: SentinelUrl, stop: AbortSignal): Promise<URL> {
  try {
    return await askAs({ username: "", password: "" }, host, place, stop);
  } catch (error) {
    // Most have no password; those that have one have most often that of the Redis.
    if (!(error instanceof ErrorReply && error.message.startsWith("NOAUTH")) || place.password === "") throw error;
    return askAs(place, host, place, stop);
  }
}

async function askAs(
  { username, password }: Pick<URL, "username" | "password">,
  { hostname, port }: SentinelHost,
  place: SentinelUrl,
  stop: AbortSignal,
): Promise<URL> {
  const over = new AbortController();
  const end = () => over.abort();
  stop.addEventListener("abort", end);
  const late = setTimeout(end, ANSWER_TIMEOUT_MS);
  const url = new URL(`${place.protocol}//${hostname}:${port}`);
  Object.assign(url, { username, password });
  const client = createClient({
    url: url.href,
    socket: { reconnectStrategy: false, connectTimeout: ANSWER_TIMEOUT_MS, signal: over.signal },
    disableOfflineQueue: true,
    maintNotifications: "disabled",
  });
  // What failed is thrown by what was asked, too; without a listener it would end the process.
  client.on("error", () => {});
  try {
    const gone = new Promise<never>((_, reject) => {
      over.signal.addEventListener("abort", () => reject(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`)));
    });
    const answer = (async () => {
      await client.connect();
      return client.sendCommand(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", place.primary]);
    })();
    const address = (await Promise.race([answer, gone])) as unknown as [hostname: string, port: string] | null;
    if (address === null) throw new Error(`it knows no primary of the name ${place.primary}`);
    const primary = new URL(place.href);
    primary.hostname = address[0].includes(":") ? `[${address[0]}]` : address[0];
    primary.port = address[1];
    return primary;
  } finally {
    clearTimeout(late);
    stop.removeEventListener("abort", end);
    client.destroy();
  }
}
