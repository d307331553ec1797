import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FIXTURES, ROOT, writeFiles } from "../support/folders.ts";
import { readLog } from "../support/log-lines.ts";

export interface Built {
  readonly process: ChildProcess;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * The built server (dist), as it is deployed, with these views in the fixtures' layout, and a log of its own on the disk.
 * @param views each file by its path below views/: `{ "widgets/price.eta": "…" }`
 */
export async function startBuilt(
  views: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<Built> {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-bench-"));
  cpSync(join(ROOT, "dist"), join(dir, "dist"), { recursive: true });
  for (const own of ["sources", "actions", "views"]) rmSync(join(dir, "dist", own), { recursive: true, force: true });
  cpSync(join(ROOT, "package.json"), join(dir, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  cpSync(join(FIXTURES.views, "layout.eta"), join(dir, "views/layout.eta"));
  writeFiles(join(dir, "views"), views);
  cpSync(FIXTURES.public, join(dir, "public"), { recursive: true });
  const child = fork(join(dir, "dist/index.js"), {
    cwd: dir,
    execArgv: [...flags],
    env: { PATH: process.env.PATH, PORT: "0", DATA_DIR: join(dir, "data"), PUBLISH: "open" },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  let text = "";
  let port: string | undefined;
  child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  while (port === undefined) {
    await Promise.race([once(child.stdout!, "data"), once(child, "exit")]);
    if (child.exitCode !== null) throw new Error(`the server is gone: ${text}`);
    [, port] = /Brooklet is at http:\/\/localhost:(\d+)/.exec(readLog(text).out) ?? [];
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await once(child, "exit");
    rmSync(dir, { recursive: true, force: true });
  };
  return { process: child, port: Number(port), stop };
}
