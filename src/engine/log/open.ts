import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { SentinelUrl } from "../config/redis-address.ts";
import type { LogPlace } from "../config/settings.ts";
import { type Leases, LocalLeases } from "../core/lease.ts";
import { LocalNodes, type Nodes } from "../core/nodes.ts";
import type { ReportSentence } from "../ops/logger.ts";
import { LmdbLog } from "./lmdb/lmdb-log.ts";
import type { Log } from "./log.ts";
import { MemoryLog } from "./memory.ts";
import { holdsLog } from "./redis/holds-log.ts";
import { RedisLog } from "./redis/redis-log.ts";

export interface OpenLog {
  readonly log: Log;
  /** Of this process, or of all nodes, as the log is. */
  readonly leases: Leases;
  readonly nodes: Nodes;
  /** Whether other nodes may have it, too. */
  readonly shared: boolean;
  /** Ends a sentence that begins “its log is …”. */
  readonly where: string;
}

export interface Opening {
  readonly log: LogPlace;
  /** Where Redis is read, which is no place for the log any more. */
  readonly redisUrl: URL | undefined;
  readonly report: ReportSentence;
}

/** @throws Error that names the variable and the fix */
export async function openLog({ log: place, redisUrl, report }: Opening): Promise<OpenLog> {
  if (place.kind === "redis") {
    const log = await RedisLog.open({ url: place.url, report });
    const where = `on Redis at ${hostsOf(place.url)}, database ${place.url.pathname.slice(1) || 0}`;
    return { log, leases: log.leases, nodes: log.nodes, shared: true, where };
  }
  const own = { leases: new LocalLeases(), nodes: new LocalNodes(), shared: false };
  if (place.kind === "memory") return { ...own, log: new MemoryLog(), where: "in memory, and ends with this process" };
  if (redisUrl !== undefined) await refuseToLeave(redisUrl, place.dir, report);
  return { ...own, log: await LmdbLog.open({ dir: place.dir }), where: `in ${resolve(place.dir)}` };
}

function hostsOf(url: URL): string {
  if (!(url instanceof SentinelUrl)) return url.host;
  return `the primary ${url.primary} of the Sentinels ${url.sentinels.map((at) => `${at.hostname}:${at.port}`).join(", ")}`;
}

/**
 * REDIS_URL alone once put the log there, for all nodes. A node that began one of its own instead would show empty pages, and
 * take what is published where no other node sees it.
 */
async function refuseToLeave(redisUrl: URL, dir: string, report: ReportSentence): Promise<void> {
  let held: boolean;
  try {
    held = await holdsLog(redisUrl);
  } catch (error) {
    // Where there is a log already it is gone on with: a Redis that is only read must not keep a server down.
    if (!existsSync(join(dir, "data.mdb"))) throw error;
    return report(`${(error as Error).message} Whether it holds a log is not known: this node goes on with its own.`);
  }
  if (!held) return;
  throw new Error(
    "REDIS_URL names a Redis that holds a Brooklet log, and LOG_URL is not set. " +
      "Set LOG_URL to the same address to go on with that log; if nobody needs it, delete the keys that begin with {brooklet}: there.",
  );
}
