import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { ROOT } from "../support/folders.ts";
import { feed, put, shown, useLmdb } from "../support/logs.ts";
import { start } from "../support/server.ts";

const logs = useLmdb();

/** Calls `brooklet backup`. @returns its exit code, and what it said */
async function brookletBackup(words: string[], env: Record<string, string>, cwd = ROOT): Promise<[number, string]> {
  const args = ["--import", import.meta.resolve("tsx"), join(ROOT, "src/cli/brooklet.ts"), "backup", ...words];
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env.PATH, ...env } });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await once(child, "exit");
  return [code, (await said).join("")];
}

const backUp = (from: string, to: string) => brookletBackup([to], { DATA_DIR: from });

test("a log that is copied while it is written to is copied as it was at one moment, under another name", async () => {
  const [dir, copy] = [logs.folder(), join(logs.folder(), "copy")];
  const log = await logs.open(dir);
  let appended = await log.append([put(1, 1_000_000)]);
  const before = appended;
  const done = backUp(dir, copy).then((outcome) => [...outcome, appended] as const);
  let running = true;
  void done.then(() => {
    running = false;
  });
  while (running) appended = await log.append([put(appended + 1, 1_000_000), put(appended + 2, 1_000_000)]);
  const [code, said, after] = await done;
  expect([code, said]).toEqual([0, `The log in ${dir} is copied to ${copy}.\n`]);
  const restored = await logs.open(copy);
  const values = shown(await restored.read(feed));
  expect(values).toEqual(values.map((_, i) => i + 1));
  expect(await restored.append([])).toBe(values.length);
  expect(values.length).toBeGreaterThanOrEqual(before);
  expect(values.length).toBeLessThanOrEqual(after);
  expect(values.length % 2).toBe(1); // no half of what was appended together
  expect(restored.id).not.toBe(log.id);
  expect(restored.secret).toBe(log.secret);
});

test("a page of after the backup is sent all anew once that is restored: its cursor names entries that are others now", async () => {
  const [dir, copy] = [logs.folder(), join(logs.folder(), "copy")];
  const serve = () => start({ config: { log: { kind: "lmdb", dir } } });
  const publish = async (server: Awaited<ReturnType<typeof serve>>, ...texts: string[]) => {
    for (const data of texts) await server.broker.publish([{ topic: parseTopic("feed"), data }]);
    return server.broker.cursor();
  };
  const first = await serve();
  await publish(first, "kept");
  expect(await backUp(dir, copy)).toEqual([0, expect.any(String)]);
  const cursor = await publish(first, "lost", "lost, too");
  await first.close();
  // Into the same file, and at once: so that neither that nor a time tells it.
  copyFileSync(join(copy, "data.mdb"), join(dir, "data.mdb"));
  const second = await serve();
  await publish(second, "second", "third", "fourth");
  const stream = await fetch(`${second.url}/events?regions=feed&as=json`, { headers: { "last-event-id": cursor } });
  let said = "";
  for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream())) {
    said += chunk;
    if (said.includes("fourth")) break;
  }
  await second.close();
  expect(said).toMatch(/^event: feed:reset$/m);
  for (const data of ["kept", "second", "third", "fourth"]) expect(said).toContain(data);
});

test("a backup overwrites nothing, and is of a log", async () => {
  const [dir, full, none] = [logs.folder(), logs.folder(), logs.folder()];
  await logs.close(await logs.open(dir));
  writeFileSync(join(full, "mine"), "");
  expect(await backUp(dir, full)).toEqual([
    2,
    expect.stringMatching(/^There is no backup in .*: it is not empty\. Name /),
  ]);
  expect(await backUp(none, join(full, "copy"))).toEqual([2, expect.stringMatching(/^DATA_DIR .* holds no log/)]);
  expect(existsSync(join(full, "copy"))).toBe(false);
});

test("a folder of pages that is named has its own log copied, to where the command was called", async () => {
  const [folder, here] = [logs.folder(), logs.folder()];
  mkdirSync(join(folder, "views"));
  const log = await logs.open(join(folder, ".brooklet"));
  await log.append([put("kept")]);
  expect(await brookletBackup(["copy", folder], {}, here)).toEqual([0, "The log in .brooklet is copied to copy.\n"]);
  expect(readdirSync(join(here, "copy"))).toEqual(["data.mdb"]);
  expect(shown(await (await logs.open(join(here, "copy"))).read(feed))).toEqual(["kept"]);
});

test.each([
  [[], {}, /^Name a new folder: brooklet backup \/backup\/monday$/m],
  [["copy", "nowhere"], {}, /^There is no folder nowhere\. /],
  [
    ["copy"],
    { LOG_URL: "redis://127.0.0.1:1" },
    /^LOG_URL says that the log is on Redis\. Back that up with redis-cli --rdb/,
  ],
  [["copy"], { LOG_URL: "memory:" }, /^LOG_URL says that the log is in memory, .*: there is nothing to back up\.$/m],
  [["copy"], { LOG_URL: "rdis://127.0.0.1:1" }, /^LOG_URL is not valid\. Write redis:/],
])("backup %j with %j is refused, with the mend", async (words, env, mend) => {
  expect(await brookletBackup(words, env)).toEqual([2, expect.stringMatching(mend)]);
  expect(existsSync(join(ROOT, "copy"))).toBe(false);
});
