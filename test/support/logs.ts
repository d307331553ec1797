import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach } from "vitest";
import type { Json } from "../../src/engine/core/json.ts";
import { JsonText } from "../../src/engine/core/json.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { LmdbLog } from "../../src/engine/log/lmdb/lmdb-log.ts";
import type { Draft, TopicRecord } from "../../src/engine/log/record.ts";

export const feed = parseTopic("feed");
export const price = parseTopic("price");

export function put(data: Json, retain = 3): Draft {
  return { op: "publish", topic: feed, json: JsonText.of(data), retain };
}

/** The data of a topic's values, in order. */
export function shown(record: TopicRecord): Json[] {
  return [...record.values.values()].map(({ json }) => json.value);
}

/** Logs on disk for the tests of one file. What a test leaves open is closed after it. */
export function useLmdb() {
  const root = mkdtempSync(join(tmpdir(), "brooklet-log-"));
  let logs: LmdbLog[] = [];

  const close = async (log: LmdbLog): Promise<void> => {
    logs = logs.filter((other) => other !== log);
    await log.close();
  };
  const closeAll = async () => void (await Promise.all(logs.map(close)));

  afterEach(closeAll);
  afterAll(() => rmSync(root, { recursive: true }));

  return {
    /** A new and empty one. */
    folder: (): string => mkdtempSync(join(root, "data-")),
    async open(dir: string): Promise<LmdbLog> {
      const log = await LmdbLog.open({ dir });
      logs.push(log);
      return log;
    },
    close,
    closeAll,
  };
}
