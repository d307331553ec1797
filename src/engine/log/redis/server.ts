import { randomBytes } from "node:crypto";
import { newSecret } from "../log.ts";
import type { RedisLink } from "./link.ts";
import { ENTRIES, LOG, RedisScript } from "./script.ts";

/**
 * The id and the head of the log, which gets a new id where it has none (it was emptied), where the server is another than
 * the one that gave it (restarted, or a replica in its place: either may lack entries that were read from the one before,
 * and give their numbers again), or where it is behind what was delivered of it. And its secret, which nodes that know it
 * give back to a log that was emptied.
 *
 * Arguments: the server's run id, the id to give, the id known, the seq delivered of that, the secret to give.
 */
const identify = new RedisScript(`
#!lua flags=allow-oom
local id, run, head = unpack(redis.call('HMGET', '${LOG}', 'id', 'run', 'head'))
if not head then
  local newest = redis.call('XREVRANGE', '${ENTRIES}', '+', '-', 'COUNT', 1)[1]
  head = newest and string.match(newest[1], '^%d+') or '0'
end
if not id or run ~= ARGV[1] or (id == ARGV[3] and tonumber(head) < tonumber(ARGV[4])) then
  id = ARGV[2]
  redis.call('HSET', '${LOG}', 'id', id, 'run', ARGV[1], 'head', head)
end
redis.call('HSETNX', '${LOG}', 'secret', ARGV[5])
return { id, head, redis.call('HGET', '${LOG}', 'secret') }
`);

/** What is known of the log: its id, its secret, and the seq of the last entry. */
export interface Known {
  readonly id: string;
  readonly secret: string;
  readonly head: number;
}

/** One process of Redis, at the other end of a link. */
export class RedisServer {
  readonly link: RedisLink;
  readonly #run: string;

  /** @throws Error where it is too old */
  static async meet(link: RedisLink): Promise<RedisServer> {
    const info = await link.ask((client) => client.info("server"));
    const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? "7";
    if (Number.parseInt(version, 10) < 7) {
      throw new Error(`Redis is version ${version}, and the log needs 7 or later. Set LOG_URL to where such a one is.`);
    }
    return new RedisServer(link, /^run_id:(\w+)/m.exec(info)?.[1] ?? "");
  }

  private constructor(link: RedisLink, run: string) {
    this.link = link;
    this.#run = run;
  }

  /** The log as it is now. @param known what was delivered of it */
  async log({ id, secret, head }: Known): Promise<Known> {
    const fields = ["id", "run", "head", "secret"];
    const [now, run, last, kept] = await this.link.ask((client) => client.hmGet(LOG, fields));
    // Most looks end here, and need not write: one is due even while Redis takes no writes.
    if (now === id && run === this.#run && Number(last) >= head && kept !== null) {
      return { id, secret: kept!, head: Number(last) };
    }
    const fresh = randomBytes(4).toString("hex");
    const args = [this.#run, fresh, id, String(head), secret || newSecret()];
    const found = (await identify.run(this.link, args)) as [id: string, head: string, secret: string];
    return { id: found[0], secret: found[2], head: Number(found[1]) };
  }
}
