import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./browser.ts";
import { written } from "./documents.ts";
import { freePort } from "./port.ts";

/** What each kind needs to run the documents' text here: on a port of this test's own, with or without TLS. */
interface Kind {
  /** @param pem a file with certificate and key; undefined: plain HTTP */
  listen(text: string, port: number, pem: string | undefined): string;
  /** What Debian's packages have in files of their own. */
  around(text: string): string;
  run(dir: string): readonly [command: string, ...args: string[]];
}

const KINDS = {
  nginx: {
    listen: (text, port, pem) =>
      text
        .replace("listen 443 ssl http2;", `listen 127.0.0.1:${port}${pem ? " ssl http2" : ""};`)
        .replace(/^ *ssl_certificate(_key)? .*\n/gm, (_, key = "") => (pem ? `ssl_certificate${key} ${pem};\n` : "")),
    around: (text) => `
      daemon off; master_process off; pid nginx.pid; error_log stderr warn;
      events { worker_connections 4096; }
      http {
        access_log off;
        ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`).join(" ")}
        ${text}
      }`,
    run: (dir) => ["nginx", "-e", "stderr", "-p", dir, "-c", join(dir, "balancer.conf")],
  },
  haproxy: {
    listen: (text, port, pem) =>
      text.replace(/bind :443 ssl crt \S+ (alpn \S+)/, `bind 127.0.0.1:${port}${pem ? ` ssl crt ${pem} $1` : ""}`),
    around: (text) => `global\n    maxconn 4096\n${text}`,
    run: (dir) => ["haproxy", "-db", "-f", join(dir, "balancer.conf")],
  },
  caddy: {
    listen: (text, port, pem) =>
      text.replace(
        "example.com {",
        `http${pem ? "s" : ""}://:${port} {\nbind 127.0.0.1${pem ? `\ntls ${pem} ${pem}` : ""}`,
      ),
    around: (text) => `{\nadmin off\nauto_https disable_redirects\n}\n${text}`,
    run: (dir) => ["caddy", "run", "--adapter", "caddyfile", "--config", join(dir, "balancer.conf")],
  },
} as const satisfies Record<string, Kind>;

export type BalancerKind = keyof typeof KINDS;

export interface BalancerOptions {
  /** A self-signed pair: then it speaks HTTPS, with HTTP/2. Else plain HTTP. */
  readonly pair?: { readonly cert: string; readonly key: string };
  /** Of the documents' text. */
  readonly change?: (text: string) => string;
}

/** A real nginx, HAProxy or Caddy in front of nodes, with the configuration that the documents tell operators to write. */
export class Balancer {
  readonly port: number;
  readonly #dir = mkdtempSync(join(tmpdir(), "brooklet-balancer-"));
  readonly #process: ChildProcess;
  readonly #secure: boolean;
  #said = "";

  /**
   * Resolves once it passes requests on.
   * @param nodes the ports that take the place of 3001 and 3002
   */
  static async start(
    kind: BalancerKind,
    nodes: readonly [number, number],
    options: BalancerOptions = {},
  ): Promise<Balancer> {
    const balancer = new Balancer(kind, nodes, await freePort(), options);
    const passes = () => balancer.#passes();
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
    kind: BalancerKind,
    nodes: readonly [number, number],
    port: number,
    { pair, change = (text) => text }: BalancerOptions,
  ) {
    this.port = port;
    this.#secure = pair !== undefined;
    const pem = pair && join(this.#dir, "pair.pem");
    if (pem) writeFileSync(pem, readFileSync(pair.cert, "utf8") + readFileSync(pair.key, "utf8"));
    const { listen, around, run }: Kind = KINDS[kind];
    const text = listen(change(written(kind)), port, pem).replaceAll(
      /127\.0\.0\.1:300([12])\b/g,
      (_, n) => `127.0.0.1:${nodes[Number(n) - 1]}`,
    );
    if (!text.includes(String(port))) throw new Error(`the documents' ${kind} does not listen on 443 any more`);
    writeFileSync(join(this.#dir, "balancer.conf"), around(text));
    const [command, ...args] = run(this.#dir);
    // Its home is that folder: Caddy keeps what it knows there.
    const env = { PATH: process.env.PATH, HOME: this.#dir };
    this.#process = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env });
    this.#process.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      this.#said += chunk;
    });
    // A test run that ends in the middle must not leave it behind.
    const end = () => this.#process.kill("SIGKILL");
    process.once("exit", end);
    this.#process.once("exit", () => process.off("exit", end));
  }

  get origin(): string {
    return `http${this.#secure ? "s" : ""}://127.0.0.1:${this.port}`;
  }

  /** What it complains of, in its own words. */
  get said(): string {
    return this.#said;
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** What it has in memory, in bytes. */
  get rss(): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
  }

  /** Whether it answers, and a node behind it. */
  #passes(): Promise<boolean> {
    return new Promise((resolve) => {
      const options = { rejectUnauthorized: false, agent: false };
      const asked = (this.#secure ? https : http).get(`${this.origin}/healthz`, options, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      asked.on("error", () => resolve(false));
    });
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, "exit");
    if (this.#process.exitCode === null && this.#process.kill("SIGKILL")) await gone;
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
