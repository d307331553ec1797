import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./port.ts";

const run = promisify(execFile);

/** A real redis-server of one test's own: a free port, a temporary folder, and no one else's process touched. */
export class TestRedis {
  readonly port: number;
  readonly url: string;
  /** Where it keeps what it keeps. */
  readonly folder: string;
  readonly #settings: readonly string[];
  #server: ChildProcess | undefined;

  /**
   * Resolves once it answers.
   * @param settings as on its command line: `["--appendonly", "yes"]`. Without any, nothing is kept
   */
  static async start(settings: readonly string[] = []): Promise<TestRedis> {
    const folder = await mkdtemp(join(tmpdir(), "brooklet-redis-"));
    for (let attempt = 1; ; attempt++) {
      const redis = new TestRedis(await freePort(), folder, settings);
      try {
        await redis.restart();
        return redis;
      } catch (error) {
        // Another process may have taken the port between our look and the server's.
        if (attempt < 5) continue;
        await redis.stop();
        throw error;
      }
    }
  }

  private constructor(port: number, folder: string, settings: readonly string[]) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.folder = folder;
    this.#settings = settings;
  }

  get pid(): number {
    return this.#server!.pid!;
  }

  /** What redis-cli prints. */
  async cli(...args: string[]): Promise<string> {
    const { stdout } = await run("redis-cli", ["-p", String(this.port), ...args]);
    return stdout.trimEnd();
  }

  /** Ends the server as a power cut would, and starts it again on the same port and folder. */
  async restart(): Promise<void> {
    await this.kill();
    const where = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.folder];
    const server = spawn("redis-server", [...where, "--save", "", ...this.#settings], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#server = server;
    // A test run that ends in the middle must not leave a server behind.
    const end = () => server.kill("SIGKILL");
    process.once("exit", end);
    server.once("exit", () => process.off("exit", end));
    let said = "";
    for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
      said += chunk;
      if (said.includes("Ready to accept connections")) {
        server.stdout.resume(); // a full pipe would stop it
        return;
      }
    }
    throw new Error(`redis-server did not start. It said: ${said.trim()}`);
  }

  /** `kill -9`; the folder stays, for `restart`. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill("SIGKILL");
    await gone;
  }

  /** Freezes the server: connections stay and nothing is answered. */
  pause(): void {
    this.#server?.kill("SIGSTOP");
  }

  resume(): void {
    this.#server?.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
