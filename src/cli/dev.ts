import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { watch } from "chokidar";
import { MISTAKEN, TO_MEND } from "../engine/config/variables.ts";
import { SCHEMA_FILE } from "../engine/views/files/value-schema.ts";
import { folderAt } from "./folder.ts";
import { writeTopics } from "./topics.ts";

/** Editors write a file in several steps, and save several files at once. */
const SETTLE_MS = 50;

/** Schemas, and what they import. */
const CODE = /(?<!\.d)\.[jt]s$/;

/**
 * Runs a folder's server in a process of its own, and starts it again when its code changes: a module that was imported stays as it
 * was. Templates, styles and samples the server takes up itself; schemas, which are code beside templates, it does not. One that
 * could not start shows why, and is started again at any change.
 * @returns what the server exited with, where its operator has something to mend at its first start @throws Misuse
 */
export async function develop(path?: string): Promise<number> {
  const folder = folderAt(path);
  const code = ["src", "package.json", "tsconfig.json"].map((name) => join(folder, name));
  writeTopics(folder);
  const server = new Restarted(folder);
  const watchers = [
    watch(code, { ignoreInitial: true }).on("all", () => server.changed(true)),
    watch(join(folder, "public"), { ignoreInitial: true }).on("all", () => server.changed(false)),
    watch(join(folder, "views"), { ignoreInitial: true }).on("all", (_, path) => {
      if (SCHEMA_FILE.test(path)) writeTopics(folder);
      server.changed(CODE.test(path));
    }),
  ];
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => server.end(signal));
  const status = await server.run();
  await Promise.all(watchers.map((watcher) => watcher.close()));
  return status;
}

/** The server, one process after the other. */
class Restarted {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Starts the next one, where one waits for a change. */
  #again: (() => void) | undefined;
  #isEnding = false;
  #isToRestart = false;
  /** Whether the server only shows what keeps it from starting. */
  #isMistaken = false;
  /** Whether anything has changed since it was started, which it may have read before. */
  #isChanged = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Resolves once it has ended for good. */
  async run(): Promise<number> {
    for (let isFirst = true; ; isFirst = false) {
      this.#isToRestart = false;
      this.#isMistaken = false;
      this.#isChanged = false;
      const status = await this.#once();
      // Later on it is in a file that is being written, such as package.json.
      if (this.#isEnding || (isFirst && status === TO_MEND)) return status;
      if (!this.#isToRestart && !this.#isChanged) await this.#change();
      if (this.#isEnding) return status;
    }
  }

  /** @param code whether a server that runs has to be started again for it */
  changed(code: boolean): void {
    this.#isChanged = true;
    if (code || this.#isMistaken || this.#again !== undefined) this.#restart();
  }

  #restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isToRestart = true;
      this.#child?.kill("SIGTERM");
      this.#again?.();
    }, SETTLE_MS);
  }

  end(signal: NodeJS.Signals): void {
    this.#isEnding = true;
    this.#child?.kill(signal);
    this.#again?.();
  }

  async #once(): Promise<number> {
    const [program = ""] = process.argv.slice(1);
    const child = spawn(process.execPath, [...process.execArgv, program, "start", this.#folder], {
      // Its pages come back by themselves, so that nothing is gained by ending their streams little by little.
      env: { DRAIN_SECONDS: "0", ...process.env, NODE_ENV: "development" },
      // In a group of its own, so that Ctrl-C reaches it once, from here; by the last of these it learns when this process is gone.
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      detached: true,
    });
    this.#child = child;
    child.on("message", (said) => {
      if (said !== MISTAKEN) return;
      this.#isMistaken = true;
      if (this.#isChanged) this.#restart();
    });
    const [status] = await once(child, "exit");
    this.#child = undefined;
    return status ?? 1;
  }

  async #change(): Promise<void> {
    console.error("It starts again when something changes.");
    await new Promise<void>((resolve) => {
      this.#again = resolve;
    });
    this.#again = undefined;
  }
}
