import { newLogId, newSecret } from "../log.ts";
import type { RedisLink } from "./link.ts";
import { ENTRIES, FORMAT, LOG, RedisScript } from "./script.ts";

/**
 * Answers the log's id, head and secret. The log first gets a new id where it may lack entries that were read before, whose
 * seqs would then be given again: it has no id, since Redis was emptied; the server is not the one that gave the id, since
 * Redis was restarted or a replica has taken over; or its head is lower than what was delivered. A log without a secret gets
 * the one given, which is the old one where this node knows it.
 *
 * Arguments: the server's run id, a new id, the id that is known, the seq delivered of that log, a secret.
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

/** A log, and how far it goes: its last entry, or the last one that was delivered. */
export interface KnownLog {
  readonly id: string;
  readonly secret: string;
  readonly head: number;
}

/** The process of Redis at the other end of a connection. */
export class RedisServer {
  readonly link: RedisLink;
  readonly #run: string;

  /** Asks which version and which process it is. @throws Error where it is too old, or a replica */
  static async identify(link: RedisLink): Promise<RedisServer> {
    const info = await link.ask((client) => client.info("server"));
    const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? "7";
    if (Number.parseInt(version, 10) < 7) {
      throw new Error(`Redis is version ${version}, and the log needs 7 or later. Set LOG_URL to where such a one is.`);
    }
    if (/^role:slave/m.test(await link.ask((client) => client.info("replication")))) {
      throw new Error("Redis is a replica there, and the log needs the primary. Set LOG_URL to where that is.");
    }
    return new RedisServer(link, /^run_id:(\w+)/m.exec(info)?.[1] ?? "");
  }

  private constructor(link: RedisLink, run: string) {
    this.link = link;
    this.#run = run;
  }

  /**
   * The log that is there now, with a new id where it may lack entries.
   * @param known the log as far as this node has read it
   * @throws Error where a newer version has written it
   */
  async currentLog({ id, secret, head }: KnownLog): Promise<KnownLog> {
    const fields = ["id", "run", "head", "secret", "format"];
    const [now, run, last, kept, format] = await this.link.ask((client) => client.hmGet(LOG, fields));
    if (Number(format ?? FORMAT) !== FORMAT) throw newerVersion();
    // Most often nothing has changed, and then nothing is written: this must work even while Redis refuses writes.
    if (now === id && run === this.#run && Number(last) >= head && kept !== null) {
      return { id, secret: kept!, head: Number(last) };
    }
    const fresh = newLogId();
    const args = [this.#run, fresh, id, String(head), secret || newSecret()];
    const found = (await identify.run(this.link, args)) as [id: string, head: string, secret: string];
    return { id: found[0], secret: found[2], head: Number(found[1]) };
  }
}

/** What this node would misread, and so leaves alone. */
export function newerVersion(): Error {
  return new Error(
    "Redis holds a log that a newer version of Brooklet has written. Start that version here, or set another LOG_URL.",
  );
}
