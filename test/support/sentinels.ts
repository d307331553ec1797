import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "./browser.ts";
import { freePort } from "./port.ts";
import { TestRedis } from "./redis.ts";

const run = promisify(execFile);
const NAME = "brook";

/** A primary, its replica and three Sentinels, all real: two of these agree that the primary is gone, and promote the replica. */
export class TestSentinels {
  readonly primary: TestRedis;
  readonly replica: TestRedis;
  readonly ports: readonly number[];
  readonly #folder = mkdtempSync(join(tmpdir(), "brooklet-sentinels-"));
  readonly #processes: ChildProcess[] = [];
  readonly #password: string;

  /** @param password of both Redis and the Sentinels */
  static async start(password: string): Promise<TestSentinels> {
    const settings = ["--appendonly", "yes", "--requirepass", password, "--masterauth", password];
    const primary = await TestRedis.start(settings);
    const replica = await TestRedis.start([...settings, "--replicaof", `127.0.0.1 ${primary.port}`]);
    const ports = [await freePort(), await freePort(), await freePort()];
    const sentinels = new TestSentinels(primary, replica, ports, password);
    for (const port of ports) sentinels.#begin(port);
    await eventually(
      async () => {
        const known = ports.map((port) => sentinels.#ask(port, "sentinel", "master", NAME));
        return (await Promise.all(known)).map((said) => said.replaceAll("\n", " "));
      },
      (said) => said.every((one) => / num-slaves 1 num-other-sentinels 2 /.test(one)),
    );
    return sentinels;
  }

  private constructor(primary: TestRedis, replica: TestRedis, ports: readonly number[], password: string) {
    this.primary = primary;
    this.replica = replica;
    this.ports = ports;
    this.#password = password;
  }

  /** @param who `user:password@` */
  url(who: string): string {
    return `redis+sentinel://${who}${this.ports.map((port) => `127.0.0.1:${port}`).join(",")}/${NAME}/0`;
  }

  /** Resolves once the replica has all that the primary has. */
  async isCopied(): Promise<void> {
    await eventually(
      () => this.#ask(this.primary.port, "wait", "1", "1000"),
      (said) => said.startsWith("1"),
    );
  }

  /** Ends one Sentinel. */
  async kill(index: number): Promise<void> {
    const sentinel = this.#processes[index]!;
    if (sentinel.exitCode !== null || sentinel.signalCode !== null) return;
    const gone = once(sentinel, "exit");
    sentinel.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((_, index) => this.kill(index)));
    await Promise.all([this.primary.stop(), this.replica.stop()]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ask(port: number, ...words: string[]): Promise<string> {
    const { stdout } = await run("redis-cli", [
      "-p",
      String(port),
      "-a",
      this.#password,
      "--no-auth-warning",
      ...words,
    ]);
    return stdout;
  }

  #begin(port: number): void {
    const password = this.#password;
    const file = join(this.#folder, `${port}.conf`);
    const lines = [
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${this.#folder}`,
      `requirepass ${password}`,
      `sentinel sentinel-pass ${password}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${this.primary.port} 2`,
      `sentinel auth-pass ${NAME} ${password}`,
      `sentinel down-after-milliseconds ${NAME} 500`,
      `sentinel failover-timeout ${NAME} 3000`,
    ];
    writeFileSync(file, lines.join("\n"));
    const sentinel = spawn("redis-server", [file, "--sentinel"], { stdio: "ignore" });
    // A test run that ends in the middle must not leave one behind.
    const end = () => sentinel.kill("SIGKILL");
    process.once("exit", end);
    sentinel.once("exit", () => process.off("exit", end));
    this.#processes.push(sentinel);
  }
}
