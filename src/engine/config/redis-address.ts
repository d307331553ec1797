import { Mend } from "./values.ts";

/** Where the present primary of a Redis is told by Sentinels. Its user, password and database are of that Redis. */
export class SentinelUrl extends URL {
  /** Where they listen. One that answers is enough. */
  readonly sentinels: readonly SentinelHost[];
  /** The name that they know the primary by. */
  readonly primary: string;

  constructor(redis: string, sentinels: readonly SentinelHost[], primary: string) {
    super(redis);
    this.sentinels = sentinels;
    this.primary = primary;
  }
}

export interface SentinelHost {
  readonly hostname: string;
  readonly port: number;
}

const SENTINEL = /^(rediss?)\+sentinel:\/\/((?:[^@]*@)?)([^/@]+)\/([^/]+)((?:\/\d*)?)$/i;
const SENTINEL_PORT = 26_379;

/** Whether a text is meant to be an address of Redis. */
export function isRedisAddress(text: string): boolean {
  return /^rediss?(\+sentinel)?:/i.test(text);
}

/** An address of Redis: `redis://user:password@host:port/db`, or `redis+sentinel://user:password@host:port,host:port/name/db`. */
export function redisUrl(text: string): URL | Mend {
  if (text.includes("#")) return new Mend("Write %23 for a # in its password.");
  if (text.includes("?")) {
    return new Mend(
      "Write the database as its path, such as redis://127.0.0.1:6379/3, and %3F for a ? in its password.",
    );
  }
  const url = /\+sentinel:/i.test(text) ? sentinelUrl(text) : plainUrl(text);
  if (url instanceof Mend) return url;
  try {
    decodeURIComponent(url.username + url.password);
    return url;
  } catch {
    return new Mend("Write %25 for a % in its password.");
  }
}

function plainUrl(text: string): URL | Mend {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === "" || !/^\/?\d*$/.test(url.pathname)) {
    return new Mend("Write redis://host:port, such as redis://127.0.0.1:6379, and %2F for a / in its password.");
  }
  return url;
}

function sentinelUrl(text: string): SentinelUrl | Mend {
  const [, scheme, who = "", hosts = "", primary = "", db] = SENTINEL.exec(text) ?? [];
  const sentinels = hosts.split(",").map(sentinelHost);
  const [first] = sentinels;
  const redis = `${scheme}://${who}${first?.hostname ?? ""}${db}`;
  if (scheme === undefined || sentinels.includes(undefined) || !URL.canParse(redis)) {
    return new Mend(
      "Write redis+sentinel://host:port,host:port/name, such as redis+sentinel://a:26379,b:26379/mymaster, " +
        "and %2F for a / in its password.",
    );
  }
  return new SentinelUrl(redis, sentinels as SentinelHost[], decodeURIComponent(primary));
}

function sentinelHost(text: string): SentinelHost | undefined {
  const [, hostname, port] = /^([\w.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i.exec(text) ?? [];
  return hostname === undefined ? undefined : { hostname, port: Number(port ?? SENTINEL_PORT) };
}
