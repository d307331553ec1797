import { writeSync } from "node:fs";
import { JsonText } from "../../src/engine/core/json.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { LmdbLog } from "../../src/engine/log/lmdb/lmdb-log.ts";
import type { Draft } from "../../src/engine/log/record.ts";

/**
 * A process for others to kill. `hold DIR` keeps the log open; `append DIR ROUND` appends from 64 sides at once, two drafts
 * at a time, and says at once what happened: `d` for each entry that was delivered, `a` for each append acknowledged.
 */
const [mode, dir, round] = process.argv.slice(2) as [string, string, string];
const SIDES = 64;

const log = await LmdbLog.open({ dir });
await log.follow((entries) => {
  say(entries.map((entry) => `d ${entry.seq} ${entry.op === "publish" && (entry.json.value as { id: string }).id}`));
});
say(["open"]);
if (mode === "append") for (let side = 0; side < SIDES; side++) void appendOn(side);
else setInterval(() => {}, 1_000_000);

async function appendOn(side: number): Promise<void> {
  const topic = parseTopic(`kill/${round}-${side}`);
  for (let i = 0; ; i++) {
    const name = `${round}-${side}-${i}`;
    const drafts = ["first", "second"].map((half): Draft => {
      return {
        op: "publish",
        topic,
        json: JsonText.of({ id: `${name}-${half}`, text: "x".repeat(200) }),
        retain: 1_000_000,
      };
    });
    const seq = await log.append(drafts, { key: { name, fingerprint: name } });
    say([`a ${seq} ${name}`]);
  }
}

/** Straight into the pipe: what was said is still there when the one who said it is not. */
function say(lines: string[]): void {
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error; // else whoever listens is behind
    }
  }
}
