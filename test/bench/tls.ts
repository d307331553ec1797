/**
 * What a delivery over TLS costs the server, in CPU: over HTTPS/1.1 and HTTP/2, to a thousand readers with a connection each.
 * Brooklet by itself, and behind nginx as the documents have it, beside nchan within an nginx that has the same TLS. With one publish
 * in flight, so that each event is a write of its own, and with sixteen. Prints a line for each, with the ratio to nchan in the
 * same turn. Needs Debian's libnginx-mod-nchan. Exits non-zero if a reader missed or doubled anything.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "../faults/child.ts";
import { median } from "../faults/healthy.ts";
import { Balancer } from "../support/balancer.ts";
import { eventually } from "../support/browser.ts";
import { copyProject } from "../support/folders.ts";
import { freePort } from "../support/port.ts";
import { selfSigned } from "../support/server.ts";
import { cpuUs } from "./cpu.ts";
import { deliveries, IN_FLIGHT, PAYLOAD, READERS, WARM_UP } from "./deliveries.ts";
import type { Protocol } from "./readers.ts";

const TURNS = 3;
const NCHAN = "/usr/lib/nginx/modules/ngx_nchan_module.so";

interface Served {
  readonly port: number;
  /** Of all processes that take part. */
  readonly pids: readonly number[];
  readonly publishPath: string;
  readonly path: string;
  readonly body: string;
  stop(): Promise<unknown>;
}

const tls = selfSigned();
const project = copyProject();

async function node(env: Record<string, string>): Promise<{ child: Child; port: number }> {
  const dataDir = mkdtempSync(join(tmpdir(), "brooklet-bench-"));
  const child = new Child(join(project, "src/index.ts"), [], { PORT: "0", DATA_DIR: dataDir, ...env }, project);
  const [, port] = await child.said(/^Brooklet is at https?:\/\/localhost:(\d+), /m);
  child.process.once("exit", () => rmSync(dataDir, { recursive: true, force: true }));
  return { child, port: Number(port) };
}

const brooklet = {
  path: "/events?regions=feed/bench",
  publishPath: "/publish/feed/bench",
  body: JSON.stringify(PAYLOAD),
};

async function alone(): Promise<Served> {
  const { child, port } = await node({ TLS_CERT: tls.cert, TLS_KEY: tls.key });
  return { ...brooklet, port, pids: [child.process.pid!], stop: () => child.kill() };
}

async function behindNginx(): Promise<Served> {
  const { child, port } = await node({});
  const balancer = await Balancer.start("nginx", [port, port], { pair: tls });
  const stop = () => Promise.all([balancer.stop(), child.kill()]);
  return { ...brooklet, port: balancer.port, pids: [child.process.pid!, balancer.pid], stop };
}

async function nchan(): Promise<Served> {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-nchan-"));
  const port = await freePort();
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${name};`);
  const configuration = `
    load_module ${NCHAN};
    daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log stderr warn;
    worker_rlimit_nofile 20000;
    events { worker_connections 8192; }
    http {
      access_log off; keepalive_requests 10000000; tcp_nodelay on; ${temporary.join(" ")}
      server {
        listen 127.0.0.1:${port} ssl http2 backlog=4096;
        ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};
        location = /pub { nchan_publisher; nchan_channel_id bench; nchan_message_buffer_length 100; }
        location = /sub { nchan_subscriber eventsource; nchan_channel_id bench; nchan_subscriber_first_message newest; }
      }
    }`;
  writeFileSync(join(dir, "nginx.conf"), configuration);
  const nginx = spawn("nginx", ["-e", "stderr", "-p", dir, "-c", join(dir, "nginx.conf")], { stdio: "ignore" });
  const end = () => nginx.kill("SIGKILL");
  process.once("exit", end); // a run that ends in the middle must not leave it behind
  await eventually(
    () => publishTo({ port, publishPath: "/pub", body: "up" }),
    () => true,
  );
  const stop = async () => {
    process.off("exit", end);
    end();
    rmSync(dir, { recursive: true, force: true });
  };
  // As many bytes as Brooklet's event has: it sends what it is given.
  const body = `<hx-partial hx-target="#bench" hx-swap="beforeend"><li id="bench_1">${PAYLOAD}</li></hx-partial>`;
  return { port, pids: [nginx.pid!], publishPath: "/pub", path: "/sub", body, stop };
}

const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });

function publishTo({ port, publishPath, body }: Pick<Served, "port" | "publishPath" | "body">): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
    const asked = https.request({ agent, port, host: "127.0.0.1", path: publishPath, method: "POST", headers });
    asked.on("error", reject).on("response", (answer) => {
      answer.resume();
      if (answer.statusCode! < 300) resolve();
      else reject(new Error(`a publish was answered with ${answer.statusCode}`));
    });
    asked.end(body);
  });
}

/** @returns µs of CPU for a delivery */
async function cost(start: () => Promise<Served>, readers: ChildProcess, over: Protocol, inFlight: number) {
  const served = await start();
  try {
    let [published, before] = [0, 0];
    const answered: Promise<void>[] = [];
    const publish = () => {
      if (published++ === WARM_UP) before = cpuUs(served.pids);
      answered.push(publishTo(served));
    };
    await deliveries(readers, { ports: [served.port], path: served.path, over }, publish, inFlight);
    const taken = cpuUs(served.pids) - before;
    await Promise.all(answered); // readers have the last value before its publisher has an answer, which a server that is stopped cuts off
    return taken / (READERS * (published - WARM_UP));
  } finally {
    await served.stop();
  }
}

if (!existsSync(NCHAN)) {
  console.error("nchan is missing, which this compares with: apt-get install libnginx-mod-nchan");
  process.exit(1);
}
const servers = { nchan, brooklet: alone, "behind nginx": behindNginx };
const readers = fork(join(import.meta.dirname, "readers.ts"), { execArgv: process.execArgv });
try {
  for (const over of ["HTTPS/1.1", "HTTP/2"] as const) {
    for (const inFlight of [1, IN_FLIGHT]) {
      const costs: Record<string, number[]> = {};
      for (let turn = 0; turn < TURNS; turn++) {
        for (const [name, start] of Object.entries(servers)) {
          costs[name] = [...(costs[name] ?? []), await cost(start, readers, over, inFlight)];
        }
      }
      for (const [name, all] of Object.entries(costs)) {
        const ratio = median(all.map((one, turn) => one / costs.nchan![turn]!));
        console.log(
          `${over.padEnd(9)} ${String(inFlight).padStart(2)} in flight  ${name.padEnd(12)} ` +
            `${median(all).toFixed(2)} µs a delivery, ${ratio.toFixed(2)} of nchan`,
        );
      }
    }
  }
  console.log(`${READERS} readers, ${PAYLOAD.length} bytes, medians of ${TURNS} turns`);
} finally {
  readers.disconnect();
  agent.destroy();
  rmSync(project, { recursive: true, force: true });
}
