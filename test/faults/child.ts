import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { ROOT } from "../support/folders.ts";
import { readLog } from "../support/log-lines.ts";

/** A script of ours in a process of its own, which answers what it is asked. Its memory and its time are nobody else's. */
export class Child {
  readonly process: ChildProcess;
  #out = "";
  #err = "";
  #asked = 0;

  /** @param script a path from the repository's root; what is built runs as it is */
  constructor(script: string, args: readonly string[] = [], env: Record<string, string> = {}, cwd?: string) {
    const isPython = script.endsWith(".py");
    this.process = fork(resolve(ROOT, script), args, {
      ...(isPython && { execPath: "python3" }),
      cwd: cwd ?? ROOT,
      env: { PATH: process.env.PATH, ...env },
      execArgv: script.endsWith(".ts") ? ["--import", import.meta.resolve("tsx"), "--expose-gc"] : [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.process.setMaxListeners(0);
    this.process.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
      this.#out += chunk;
    });
    this.process.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      this.#err += chunk;
    });
  }

  /** What it has printed, and what of its log says how it goes. */
  get out(): string {
    const { out, other } = readLog(this.#out);
    return other + out;
  }

  /** What it complains of. */
  get err(): string {
    return readLog(this.#out).err + this.#err;
  }

  /** Once it has printed this. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.out);
      if (match !== null) return match;
      const more = once(this.process.stdout!, "data");
      await Promise.race([more, this.#gone(`before it said ${pattern}`)]);
    }
  }

  /** What it answers; see {@link answering}. */
  async ask<Answer>(what: string, ...args: unknown[]): Promise<Answer> {
    const id = ++this.#asked;
    const answer = new Promise<Answer>((resolve) => {
      const hear = (message: { id: number; answer: Answer }) => {
        if (message.id !== id) return;
        this.process.off("message", hear);
        resolve(message.answer);
      };
      this.process.on("message", hear);
    });
    this.process.send({ id, what, args });
    return Promise.race([answer, this.#gone(`before it answered ${what}`)]);
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Its exit code, once it is gone. */
  async exit(): Promise<number | null> {
    if (this.alive) await once(this.process, "exit");
    return this.process.exitCode;
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.exit();
  }

  async #gone(when: string): Promise<never> {
    await this.exit();
    throw new Error(`the child is gone ${when}: ${this.err}`);
  }
}

/** In the child: answers what is asked of it. */
export function answering(does: Record<string, (...args: never[]) => unknown>): void {
  process.on("message", async ({ id, what, args }: { id: number; what: string; args: never[] }) => {
    process.send!({ id, answer: await does[what]!(...args) });
  });
  // Nobody is left to ask, or to end this.
  process.on("disconnect", () => process.exit(0));
}
