import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./browser.ts";
import { freePort } from "./port.ts";

const README = readFileSync(join(import.meta.dirname, "..", "..", "README.md"), "utf8");

/** What each needs around the part that the README gives, which Debian's packages have in files of their own. */
const KINDS = {
  nginx: {
    around: (text: string) => `
      daemon off; master_process off; pid nginx.pid; error_log stderr warn;
      events { worker_connections 4096; }
      http {
        access_log off;
        ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`).join(" ")}
        ${text}
      }`,
    run: (dir: string) => ["nginx", "-e", "stderr", "-p", dir, "-c", join(dir, "balancer.conf")],
  },
  haproxy: {
    around: (text: string) => `global\n    maxconn 4096\n${text}`,
    run: (dir: string) => ["haproxy", "-db", "-f", join(dir, "balancer.conf")],
  },
} as const;

/** A real nginx or HAProxy in front of nodes, with the configuration that the README tells operators to write. */
export class Balancer {
  readonly port: number;
  readonly #dir = mkdtempSync(join(tmpdir(), "brooklet-balancer-"));
  readonly #process: ChildProcess;
  #said = "";

  /**
   * Resolves once it passes requests on.
   * @param nodes the ports that take the place of 3001 and 3002
   * @param change of the README's text
   */
  static async start(
    kind: keyof typeof KINDS,
    nodes: readonly [number, number],
    change = (text: string) => text,
  ): Promise<Balancer> {
    const balancer = new Balancer(kind, nodes, await freePort(), change);
    const passes = () =>
      fetch(`${balancer.origin}/healthz`)
        .then(({ ok }) => ok)
        .catch(() => false);
    try {
      await eventually(passes, (ok) => ok || balancer.#process.exitCode !== null);
      if (balancer.#process.exitCode !== null) throw new Error("it has ended");
    } catch (cause) {
      await balancer.stop();
      throw new Error(`${kind} did not start. It said: ${balancer.#said}`, { cause });
    }
    return balancer;
  }

  private constructor(
    kind: keyof typeof KINDS,
    nodes: readonly [number, number],
    port: number,
    change: (text: string) => string,
  ) {
    this.port = port;
    const text = change(written(kind))
      .replace(/\b(listen|bind) :?80\b/, `$1 127.0.0.1:${port}`)
      .replaceAll(/127\.0\.0\.1:300([12])\b/g, (_, n) => `127.0.0.1:${nodes[Number(n) - 1]}`);
    const { around, run } = KINDS[kind];
    writeFileSync(join(this.#dir, "balancer.conf"), around(text));
    const [command, ...args] = run(this.#dir) as [string, ...string[]];
    this.#process = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#process.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      this.#said += chunk;
    });
    // A test run that ends in the middle must not leave it behind.
    const end = () => this.#process.kill("SIGKILL");
    process.once("exit", end);
    this.#process.once("exit", () => process.off("exit", end));
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What it has in memory, in bytes. */
  get rss(): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, "exit");
    if (this.#process.exitCode === null && this.#process.kill("SIGKILL")) await gone;
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** The one block of the README in this language. */
function written(language: string): string {
  const blocks = [...README.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))];
  if (blocks.length !== 1) throw new Error(`the README has ${blocks.length} blocks of ${language}, and not one`);
  return blocks[0]![1]!;
}
