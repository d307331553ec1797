import { isRedisAddress, redisUrl } from "../config/redis-address.ts";
import type { Json } from "../core/json.ts";
import { connect } from "../log/redis/connect.ts";
import type { RedisLink } from "../log/redis/link.ts";
import { CurrentValue, UNCHANGED, watching } from "./every.ts";
import { jsonOrText } from "./json-or-text.ts";
import { wakeable } from "./wakeup.ts";

/** A topic takes far less: this only keeps a value of 512 MB out of the process. */
const MAX_VALUE_BYTES = 256 * 1024;
/** How often it looks even where Redis announces changes: it announces neither FLUSHALL nor a lost connection. */
const LOOK_INTERVAL_MS = 10_000;
const PING_INTERVAL_MS = 5_000;
const MAX_WAITING = 1_000;
const MAX_WAITING_CHARACTERS = 8 * 1024 * 1024;

export interface Redis {
  /**
   * `redis://user:password@host:port/db`, with `rediss:` for TLS and `redis+sentinel://host:port,host:port/name/db` where
   * Sentinels tell where it is. Default: {@link redisAddress}, else `redis://127.0.0.1:6379`.
   */
  url?: string;
}

export interface RedisKey extends Redis {
  /** Milliseconds between two looks where Redis does not announce changes. Default: 2,000. */
  ms?: number;
}

/** Where the operator says that Redis is: at `REDIS_URL`, by default at `LOG_URL` if that is a Redis. Else undefined. */
export function redisAddress(): string | undefined {
  const { REDIS_URL = "", LOG_URL = "" } = process.env;
  return REDIS_URL.trim() || (isRedisAddress(LOG_URL.trim()) ? LOG_URL.trim() : undefined);
}

const fromEnvironment = () => redisAddress() ?? "redis://127.0.0.1:6379";

/** @throws Error that names the variable and the fix, and never the address, which may hold a password */
function addressOf(text: string): URL {
  const url = redisUrl(text);
  if (url instanceof URL) return url;
  throw new Error(`REDIS_URL is not valid. ${url.text}`);
}

const open = (url: URL, stop: AbortSignal, wakeup: { wake: () => void }) =>
  connect({ url, variable: "REDIS_URL", stop, onLost: wakeup.wake });

/**
 * The value of a key, at once and whenever it has changed: JSON as it is, anything else as text.
 *
 *     export default redisKey("current_price");
 *
 * Changes arrive at once where the server announces them (`notify-keyspace-events` with `KA`; this setting is read and
 * never set), else within `ms`. What changes twice between two looks is seen once. Without such a key the topic is waiting.
 * Each look confirms what the topic holds: one every `ms`, or where changes are announced every 10 s.
 *
 * @throws Error at once where the address is not valid. While iterated: where Redis cannot be reached or refuses, or the
 * key holds no string, or one over 256 KiB
 */
export function redisKey(
  key: string,
  { url = fromEnvironment(), ms = 2_000 }: RedisKey = {},
): AsyncIterable<CurrentValue> {
  const address = addressOf(url);
  const looks = wakeable(async function* (stop, wakeup) {
    const link = await open(address, stop, wakeup);
    // Before the first look, or a change between the two would be seen late.
    const announced = await announcements(link, key, Number(address.pathname.slice(1)), wakeup.wake);
    for (let last: string | undefined | null = null; !stop.aborted; ) {
      const text = await read(link, key);
      yield text === last ? UNCHANGED : new CurrentValue(text === undefined ? undefined : jsonOrText(text));
      last = text;
      await wakeup.wait(announced ? Math.max(ms, LOOK_INTERVAL_MS) : ms);
    }
  });
  return watching(looks);
}

/** @returns whether Redis announces all that can happen to a string: `$` it is set, `g` deleted, `x` expired, `e` evicted */
async function announcements(link: RedisLink, key: string, db: number, wake: () => void): Promise<boolean> {
  try {
    await link.ask((client) => client.subscribe(`__keyspace@${db}__:${key}`, wake));
    const name = "notify-keyspace-events";
    const flags = (await link.ask((client) => client.configGet(name)))[name] ?? "";
    return flags.includes("K") && (flags.includes("A") || [..."$gxe"].every((flag) => flags.includes(flag)));
  } catch {
    // Hosted servers refuse CONFIG, and some users may not subscribe. A connection that was lost shows at the next look.
    return false;
  }
}

async function read(link: RedisLink, key: string): Promise<string | undefined> {
  const length = await link
    .ask((client) => client.strLen(key))
    .catch((error: Error) => {
      if (!error.message.includes("WRONGTYPE")) throw error;
      throw new Error(`the Redis key ${key} holds a hash, a list or a set. redisKey reads what SET has written.`);
    });
  if (length > MAX_VALUE_BYTES)
    throw new Error(`the Redis key ${key} holds ${length} bytes, and ${MAX_VALUE_BYTES} are the limit`);
  return (await link.ask((client) => client.get(key))) ?? undefined;
}

/**
 * What any program publishes to a channel: JSON as it is, anything else as text.
 *
 *     export default redisChannel("orders");                      // redis-cli publish orders '{"total": 12}'
 *
 * Redis keeps no message: what is published while no page shows the topic is not seen. `always(redisChannel("orders"))`
 * listens from start to end. Nothing is left out silently: Redis cannot be slowed down, so that where over 1,000 messages
 * (or 8 Mi characters) wait for a log that is slower, the source fails, says so, and starts again.
 *
 * @throws Error at once where the address is not valid. While iterated: where Redis cannot be reached or refuses, or too
 * many messages wait
 */
export function redisChannel(channel: string, { url = fromEnvironment() }: Redis = {}): AsyncIterable<Json> {
  const address = addressOf(url);
  return wakeable(async function* (stop, wakeup) {
    const link = await open(address, stop, wakeup);
    const waiting: string[] = [];
    let characters = 0;
    let full = false;
    const take = (message: string) => {
      full ||= waiting.length === MAX_WAITING || characters + message.length > MAX_WAITING_CHARACTERS;
      if (full) return;
      characters += message.length;
      waiting.push(message);
      wakeup.wake();
    };
    await link.ask((client) => client.subscribe(channel, take));
    while (!stop.aborted) {
      if (full)
        throw new Error(`the Redis channel ${channel} is faster than the log, and ${waiting.length} messages wait`);
      const message = waiting.shift();
      if (message !== undefined) {
        characters -= message.length;
        yield jsonOrText(message);
        continue;
      }
      await wakeup.wait(PING_INTERVAL_MS);
      // Throws if the connection was lost, of which a quiet channel would not know.
      if (waiting.length === 0 && !stop.aborted) await link.ask((client) => client.ping());
    }
  });
}
