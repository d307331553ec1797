import type { Fence, Lease, Leases } from "../../core/lease.ts";
import { wait } from "../../core/wait.ts";
import { unavailable } from "../failure.ts";
import type { RedisLink } from "./link.ts";
import { PREFIX, RedisScript } from "./script.ts";

/** A lease whose holder has died is free after this time. */
const LEASE_MS = 3_000;
const RENEW_INTERVAL_MS = 1_000;
/** How much earlier its holder takes it for lost, since its timers may be late. */
const LEASE_MARGIN_MS = 200;

/**
 * Tokens grow even over an emptying of Redis, since they are no lower than its clock. Answers the token; nothing if it is
 * taken.
 */
const take = new RedisScript(`
#!lua
local lease, tokens = '${PREFIX}lease:' .. ARGV[1], '${PREFIX}tokens'
if redis.call('EXISTS', lease) == 1 then return false end
local last = tonumber(redis.call('GET', tokens) or '0')
local token = string.format('%.0f', math.max(last + 1, redis.call('TIME')[1] * 1000))
redis.call('SET', tokens, token)
redis.call('SET', lease, token, 'PX', ${LEASE_MS})
return token
`);

/** Answers 1 if the lease is still its holder's, and was renewed; else 0. */
const renew = new RedisScript(`
#!lua flags=allow-oom
local lease = '${PREFIX}lease:' .. ARGV[1]
if redis.call('GET', lease) ~= ARGV[2] then return 0 end
return redis.call('PEXPIRE', lease, ${LEASE_MS})
`);

const release = new RedisScript(`
#!lua flags=allow-oom
local lease = '${PREFIX}lease:' .. ARGV[1]
if redis.call('GET', lease) == ARGV[2] then redis.call('DEL', lease) end
return 0
`);

/** The leases of many nodes, on Redis. */
export class RedisLeases implements Leases {
  readonly #link: () => RedisLink;

  /** @param link gives the connection; throws while there is none */
  constructor(link: () => RedisLink) {
    this.#link = link;
  }

  /** @throws Problem 503 `broker_unavailable` */
  async take(name: string): Promise<Lease | undefined> {
    const asked = performance.now();
    const token = await this.#ask((link) => take.run(link, [name]));
    return token === null ? undefined : new RedisLease({ name, token: Number(token) }, asked, this.#link);
  }

  /** @throws Problem 503 `broker_unavailable` */
  async isTaken(name: string): Promise<boolean> {
    const found = await this.#ask((link) => link.ask((client) => client.exists(`${PREFIX}lease:${name}`)));
    return found === 1;
  }

  #ask<T>(command: (link: RedisLink) => Promise<T>): Promise<T> {
    return command(this.#link()).catch(() => {
      throw unavailable();
    });
  }
}

class RedisLease implements Lease {
  readonly fence: Fence;
  readonly #link: () => RedisLink;
  readonly #lost = new AbortController();
  /** Aborted when it is lost or was given up. */
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(fence: Fence, asked: number, link: () => RedisLink) {
    this.fence = fence;
    this.#link = link;
    this.#extend(asked);
    void this.#renew();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async release(): Promise<void> {
    if (this.#over.signal.aborted) return;
    this.#end();
    await this.#run(release).catch(() => {}); // then it ends by itself in a few seconds
  }

  async #renew(): Promise<void> {
    const over = this.#over.signal;
    for (;;) {
      await wait(RENEW_INTERVAL_MS, over);
      if (over.aborted) return;
      const asked = performance.now();
      const renewed = await this.#run(renew).catch(() => undefined); // not reached: it may be next time
      if (over.aborted) return;
      if (renewed === 0) this.#lose();
      if (renewed === 1) this.#extend(asked);
    }
  }

  /** By the holder's own clock, from before Redis was asked: so the lease ends here no later than on Redis. */
  #extend(asked: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lose(), asked + LEASE_MS - LEASE_MARGIN_MS - performance.now());
  }

  #lose(): void {
    this.#end();
    this.#lost.abort();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#over.abort();
  }

  async #run(script: RedisScript): Promise<unknown> {
    return script.run(this.#link(), [this.fence.name, String(this.fence.token)]);
  }
}
