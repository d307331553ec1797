import { type SentinelHost, SentinelUrl } from "../../config/redis-address.ts";
import { type LinkParts, RedisLink, Refusal } from "./link.ts";

/** How long one Sentinel may take to answer, before the next one is asked. */
const SENTINEL_TIMEOUT_MS = 500;

/** One connection to the Redis at an address. @throws Error that names the variable and the fix; Refusal */
export async function connect(linking: LinkParts): Promise<RedisLink> {
  const { url } = linking;
  // Asked for each new connection: that is when another Redis may have become the primary.
  return RedisLink.open(url instanceof SentinelUrl ? { ...linking, url: await primaryOf(url, linking) } : linking);
}

/**
 * Asks the Sentinels, one after the other, where the present primary is. The `redis` package has a client of its own for
 * Sentinels, which sends a command again where the primary changes under it: so could an append be done twice.
 */
async function primaryOf(place: SentinelUrl, { variable, stop }: LinkParts): Promise<URL> {
  const reasons: string[] = [];
  for (const host of place.sentinels) {
    try {
      return await askSentinel(host, place, { variable, stop });
    } catch (error) {
      const { message, cause } = error as Error;
      reasons.push(`${host.hostname}:${host.port} (${(cause as NodeJS.ErrnoException | undefined)?.code ?? message})`);
    }
  }
  throw new Error(
    `no Sentinel tells where the primary ${place.primary} is: ${reasons.join(", ")}. ` +
      `Are they running? Set ${variable} to where they are.`,
  );
}

type Asking = Pick<LinkParts, "variable" | "stop">;

async function askSentinel(host: SentinelHost, place: SentinelUrl, asking: Asking): Promise<URL> {
  const url = new URL(`${place.protocol}//${host.hostname}:${host.port}`);
  try {
    return await askAt(url, place, asking);
  } catch (error) {
    // Most have no password; those that have one have most often that of the Redis.
    if (!(error instanceof Refusal && error.word === "NOAUTH") || place.password === "") throw error;
    const { username, password } = place;
    return askAt(Object.assign(url, { username, password }), place, asking);
  }
}

async function askAt(url: URL, place: SentinelUrl, { variable, stop }: Asking): Promise<URL> {
  const done = new AbortController();
  const end = () => done.abort();
  stop.addEventListener("abort", end);
  try {
    const linking = { url, variable, stop: done.signal, onLost: () => {}, timeoutMs: SENTINEL_TIMEOUT_MS };
    const link = await RedisLink.open(linking);
    const answer = await link.ask((client) =>
      client.sendCommand(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", place.primary]),
    );
    if (answer === null) throw new Error(`it knows no primary of the name ${place.primary}`);
    const [hostname, port] = answer as unknown as [hostname: string, port: string];
    return Object.assign(new URL(place.href), { hostname: hostname.includes(":") ? `[${hostname}]` : hostname, port });
  } finally {
    stop.removeEventListener("abort", end);
    end();
  }
}
