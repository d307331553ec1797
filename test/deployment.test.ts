import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseTopic } from "../src/engine/core/topic.ts";
import { mostConnections } from "../src/engine/http/listen/connections.ts";
import { RedisLog } from "../src/engine/log/redis/redis-log.ts";
import { eventually } from "./support/browser.ts";
import { buildImage, type Image } from "./support/dockerfile.ts";
import { commandsBelow, written } from "./support/documents.ts";
import { copyProject } from "./support/folders.ts";
import { freePort } from "./support/port.ts";
import { Raw } from "./support/raw.ts";
import { TestRedis } from "./support/redis.ts";
import { start as startHere } from "./support/server.ts";

/** How many times the work of Node's own start may be done up to the first page: no two machines are as fast, nor one at all times. */
const FIRST_PAGE = 35;
/** The unit of times in /proc. */
const TICK_MS = 10;
const TOKEN = "a-token-of-the-tests";

/** The project, and what the Dockerfile makes of it: a build made elsewhere, with the packages that run it and no others. */
const project = copyProject();
let image: Image;
beforeAll(async () => {
  image = await buildImage(project);
}, 300_000);
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});
afterAll(() => {
  image?.remove();
  rmSync(project, { recursive: true });
});

interface Started {
  readonly port: number;
  readonly child: ChildProcess;
  /** How long the first page took, and how much of it the process was at work, whatever else the machine did. */
  readonly ms: number;
  readonly cpuMs: number;
  said(): string;
}

interface Command {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number | undefined;
}

/** Starts a server as its operator does. Resolves once it has answered with a page. */
async function start({ command, cwd, env, uid }: Command): Promise<Started> {
  const port = await freePort();
  const since = performance.now();
  const [name, ...args] = command as [string, ...string[]];
  const child = spawn(name, args, {
    cwd,
    env: { PATH: process.env.PATH, DRAIN_SECONDS: "0.2", PUBLISH_TOKEN: TOKEN, ...env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  running.push(child);
  let said = "";
  for (const out of [child.stdout, child.stderr]) {
    out.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
    });
  }
  const answers = () =>
    page(port).then(
      ({ ok }) => ok,
      () => false,
    );
  await eventually(answers, (ok) => ok || child.exitCode !== null, 60_000);
  if (child.exitCode !== null) throw new Error(`it has ended: ${said}`);
  const ms = Math.round(performance.now() - since);
  const times = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  const cpuMs = (Number(times[11]) + Number(times[12])) * TICK_MS;
  return { port, child, ms, cpuMs, said: () => said };
}

/** What Node's own start takes, the least of several. */
function cpuMsOfNode(): number {
  const tell = "const { user, system } = process.cpuUsage(); (user + system) / 1000";
  return Math.min(...Array.from({ length: 5 }, () => Number(execFileSync(process.execPath, ["-p", tell]))));
}

function page(port: number, path = "/"): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`);
}

/** As its container runs it, which would have /data for its own. */
function ofImage(): Command {
  const { cmd, workdir, env, uid, root } = image;
  return { command: cmd, cwd: workdir, env: { ...env, DATA_DIR: join(root, env.DATA_DIR!) }, uid };
}

async function publish(port: number, text: string): Promise<number> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${TOKEN}` };
  const answer = await fetch(`http://127.0.0.1:${port}/publish/feed`, {
    method: "POST",
    headers,
    body: JSON.stringify({ text }),
  });
  return answer.status;
}

/** Whether it is told of files that change. */
function watches({ child }: Started): boolean {
  // A connection may be closed while this looks, and `ls` goes on without it.
  return spawnSync("ls", ["-l", `/proc/${child.pid}/fd`], { encoding: "utf8" }).stdout.includes("inotify");
}

/** Ends a process while a page is open. @returns its exit code, and how the page's stream ended */
async function end({ child, port }: Started): Promise<{ code: number | null; stream: string }> {
  const reader = new Raw(port).send("GET /events?regions=feed HTTP/1.1", "Host: localhost", "", "");
  await reader.until("id: ");
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = await gone;
  return { code, stream: await reader.end() };
}

describe("what the Dockerfile makes", () => {
  test("runs as nobody special, watches no files, is healthy, keeps its log in the volume, and ends with 0 on SIGTERM", async () => {
    const [first, check] = [await start(ofImage()), image.healthcheck];
    expect(await publish(first.port, "kept")).toBe(201);
    const healthy = (port: number) => {
      const env = { PATH: process.env.PATH, PORT: String(port) };
      const probe = spawn(check[0]!, check.slice(1), { env, stdio: "ignore" });
      return once(probe, "exit").then(([code]) => code);
    };
    expect(await healthy(first.port)).toBe(0);
    expect(watches(first)).toBe(false);
    const times = first.cpuMs / cpuMsOfNode();
    console.log(
      `from the start of a process to its first page: ${first.ms} ms, of which it was at work ${first.cpuMs} ms, ` +
        `${times.toFixed(0)} times as long as Node’s own start`,
    );
    expect(times).toBeLessThanOrEqual(FIRST_PAGE);
    const { code, stream } = await end(first);
    expect([code, stream]).toEqual([0, expect.stringContaining("HTTP/1.1 200 OK")]);
    expect(await healthy(first.port)).toBe(1);
    const { env, ...command } = ofImage();
    const second = await start({ ...command, env: { ...env, NODE_ENV: "" } });
    expect(await (await page(second.port)).text()).toContain("kept");
    expect(watches(second)).toBe(true); // or the look above sees nothing
  });
});

test("npm start ends with 0 on SIGTERM, with the server and its streams", async () => {
  const server = await start({ command: ["npm", "start"], cwd: project, env: { HOME: project } });
  const { code, stream } = await end(server);
  expect([code, stream]).toEqual([0, expect.stringContaining("HTTP/1.1 200 OK")]);
  await expect(page(server.port)).rejects.toThrow();
});

describe("the systemd unit of the documents", () => {
  const unit = written("ini");
  const lines = unit.split("\n").flatMap((line) => {
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value!] as const];
  });
  const value = (name: string) => lines.find(([known]) => known === name)?.[1];

  test("is what systemd takes, without a warning", () => {
    const folder = mkdtempSync(join(tmpdir(), "brooklet-unit-"));
    writeFileSync(join(folder, "brooklet@.service"), unit.replace("/usr/bin/node", process.execPath));
    const verify = ["verify", "--man=no", join(folder, "brooklet@3001.service")];
    // It tells most mistakes on standard error, and with code 0.
    const { status, stdout, stderr } = spawnSync("systemd-analyze", verify, { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect([status, stdout, stderr]).toEqual([0, "", ""]);
  });

  test("starts the server by its lines, keeps its log in the state's folder, and ends it in time", async () => {
    const state = mkdtempSync(join(tmpdir(), "brooklet-state-"));
    const folder = join(state, value("StateDirectory")!);
    mkdirSync(folder, { mode: Number.parseInt(value("StateDirectoryMode")!, 8) });
    chmodSync(state, 0o755);
    if (image.uid !== undefined) chownSync(folder, image.uid, image.uid);
    const words = value("Environment")!.replaceAll("%S", state).split(" ");
    const env = Object.fromEntries(words.map((word) => word.split("=") as [string, string]));
    expect(env.PORT).toBe("%i");
    const [node, ...args] = value("ExecStart")!.split(" ");
    expect(node).toBe("/usr/bin/node");
    const command = [process.execPath, ...args];
    const server = await start({ command, cwd: image.workdir, env, uid: image.uid });
    expect(await publish(server.port, "kept")).toBe(201);
    expect(server.said()).toContain(folder);
    expect((await end(server)).code).toBe(0);
    expect(readdirSync(folder)).toContain("data.mdb");
    rmSync(state, { recursive: true });
    expect(Number(value("TimeoutStopSec"))).toBeGreaterThan(10); // the default of DRAIN_SECONDS
    const reports: string[] = [];
    mostConnections(Number(value("LimitNOFILE")), (text) => reports.push(String(text)));
    expect(reports).toEqual([]);
  });
});

describe("the backup of the documents", () => {
  const [ofFolder, ofRedis] = commandsBelow("Back up and restore").map((block) => block.trim().split("\n"));
  const scratch = mkdtempSync(join(tmpdir(), "brooklet-backup-"));
  afterAll(() => rmSync(scratch, { recursive: true }));

  /** What the operator's commands say, with other places in them; nobody else's service is touched, and no owner changed. */
  const run = (lines: readonly string[], { cwd = scratch, ...places }: Record<string, string>) => {
    const text = Object.entries(places).reduce((all, [place, here]) => all.replaceAll(place, here), lines.join("\n"));
    const { status, stderr } = spawnSync("bash", ["-ec", `systemctl() { :; }; chown() { :; }; ${text}`], {
      cwd,
      encoding: "utf8",
    });
    expect(status, stderr).toBe(0);
  };

  test("is of a server that runs, and is what a server has that is started on it", async () => {
    const dir = join(scratch, "data");
    mkdirSync(dir);
    const command = { ...ofImage(), uid: undefined };
    const serve = () => start({ ...command, env: { ...command.env, DATA_DIR: dir } });
    const places = {
      cwd: image.workdir,
      "/backup": scratch,
      "npm run backup": `DATA_DIR=${dir} npm run --silent backup`,
      "${DATA_DIR:?}": dir,
      $DATA_DIR: dir,
    };
    const first = await serve();
    await publish(first.port, "kept");
    run(ofFolder!.slice(0, 1), places);
    await publish(first.port, "gone");
    await end(first);
    expect(ofFolder![1]).toMatch(/^rm -r "\$\{DATA_DIR:\?\}"/); // where it is not set, nothing is removed, rather than /*
    run(ofFolder!.slice(1), places);
    const text = await (await page((await serve()).port)).text();
    expect([text.includes("kept"), text.includes("gone")]).toEqual([true, false]);
  });

  test("is of a Redis that runs, whose nodes run on when it is restored, and show what it has", async () => {
    const redis = await TestRedis.start(["--appendonly", "yes", "--repl-diskless-sync-delay", "0"]);
    const log = await RedisLog.open({ url: new URL(redis.url), report: () => {} });
    const node = await startHere({ log });
    const put = (text: string) => node.broker.publish([{ topic: parseTopic("feed"), data: { text } }]);
    const places = {
      "/backup": scratch,
      "/var/lib/redis": redis.folder,
      "redis-cli": `redis-cli -p ${redis.port}`,
    };
    await put("kept");
    run(ofRedis!.slice(0, 1), places);
    await put("gone");
    const reader = new Raw(node.port).send("GET /events?regions=feed HTTP/1.1", "Host: localhost", "", "");
    await reader.until("gone");
    const [before] = (await put("gone, too")).split("-");
    await redis.kill();
    run(ofRedis!.slice(1), places);
    await redis.restart();
    const shown = () => page(node.port).then((answer) => answer.text());
    await eventually(shown, (text) => text.includes("kept") && !text.includes("gone"));
    await eventually(
      () => put("after").catch(() => ""),
      (cursor) => cursor !== "" && !cursor.startsWith(`${before}-`),
    );
    await reader.until("after");
    reader.socket.destroy();
    await node.close();
    await log.close();
    await redis.stop();
  });
});
