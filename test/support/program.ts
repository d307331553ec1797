import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { eventually } from "./browser.ts";
import { copyProject } from "./folders.ts";
import { readLog } from "./log-lines.ts";

const STARTED = /^Brooklet is at http:\/\/localhost:(\d+), its log is .*\n/m;

/**
 * The program as its operator starts it, as a process of its own and so one that can be killed: a copy with templates and
 * sources of its own, the log on disk, and the same port after each start.
 */
export class Program {
  protected readonly dir = mkdtempSync(join(tmpdir(), "brooklet-program-"));
  /** What Node is told to run. */
  protected command: readonly string[] = ["--import", "tsx", "src/index.ts"];
  #child: ChildProcessByStdio<null, Readable, Readable> | undefined;
  #said = "";
  #before = "";
  #port = 0;
  readonly #env: Record<string, string>;

  /**
   * @param views on top of the fixtures
   * @param more.sources by file name; none by default
   * @param more.env besides PORT, DATA_DIR and DRAIN_SECONDS
   */
  constructor(
    views: Record<string, string>,
    { sources = {}, env = {} }: { sources?: Record<string, string>; env?: Record<string, string> } = {},
  ) {
    this.#env = env;
    copyProject(this.dir);
    this.write(views);
    mkdirSync(join(this.dir, "src", "sources"), { recursive: true });
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(this.dir, "src", "sources", name), text);
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How much memory it holds. */
  get megabytes(): number {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))![1]) / 1024;
  }

  /** Where its log is. */
  get dataDir(): string {
    return join(this.dir, "data");
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Puts these templates on top of those that are there. */
  write(views: Record<string, string>): void {
    for (const [path, text] of Object.entries(views)) {
      const file = join(this.dir, "views", path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  /** Resolves once it listens. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, this.command, {
      cwd: this.dir,
      env: {
        PATH: process.env.PATH,
        PORT: String(this.#port),
        DATA_DIR: this.dataDir,
        DRAIN_SECONDS: "1",
        ...this.#env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#before = this.complaints;
    this.#said = "";
    for (const out of [child.stdout, child.stderr]) {
      out.setEncoding("utf8").on("data", (chunk: string) => {
        this.#said += chunk;
      });
    }
    const told = await eventually(
      () => this.#told(),
      ({ good }) => STARTED.test(good) || child.exitCode !== null,
      60_000,
    );
    const [, port] = STARTED.exec(told.good) ?? [];
    if (port === undefined) throw new Error(`the program did not start: ${told.bad}${told.good}`);
    this.#port = Number(port);
  }

  /** Resolves once it is gone. @returns its exit code, if it ended by itself */
  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
    }
    return child.exitCode;
  }

  /** Freezes it: its connections stay, and nothing in it moves. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** What it has said over all its starts, besides how it goes as it should. */
  get complaints(): string {
    return this.#before + this.#told().bad;
  }

  /** What it has said since its last start. */
  #told(): { good: string; bad: string } {
    const { out, err, other } = readLog(this.#said);
    // Versions before its log was JSON said so, too.
    const [started = ""] = STARTED.exec(other) ?? [];
    return { good: out + started, bad: err + other.replace(started, "") };
  }

  async dispose(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.dir, { recursive: true, force: true });
  }
}
