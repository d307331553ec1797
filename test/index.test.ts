import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { copyProject } from "./support/folders.ts";
import { Http2Client } from "./support/http2.ts";
import { readLog } from "./support/log-lines.ts";
import { Raw } from "./support/raw.ts";
import { selfSigned } from "./support/server.ts";
import { given } from "./support/tokens.ts";

/** A process of its own takes its time to start where others use the machine, too. */
const PATIENCE = { timeout: 50_000 };
/** Of each test in its turn: what tsx has made of a file it finds again where the file has the same path. */
const DIR = mkdtempSync(join(tmpdir(), "brooklet-"));
afterAll(() => rmSync(DIR, { recursive: true }));

/** The program as its operator starts it, in a copy whose files an author may change. */
class Program {
  readonly dir = DIR;
  #child: ChildProcessByStdio<null, Readable, Readable> | undefined;
  #out = "";
  #err = "";

  constructor() {
    for (const name of readdirSync(DIR)) rmSync(join(DIR, name), { recursive: true });
    copyProject(DIR);
  }

  /** How it says that it goes. */
  get out(): string {
    return readLog(this.#out).out;
  }

  /** What it complains of. */
  get err(): string {
    const { err, other } = readLog(this.#out);
    return err + other + this.#err;
  }

  /** The entries of its log. */
  get entries(): { level: string; time: string; msg: string; [name: string]: unknown }[] {
    return this.#out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  edit(file: string, change: (text: string) => string): void {
    const path = join(this.dir, file);
    writeFileSync(path, change(readFileSync(path, "utf8")));
  }

  start(env: Record<string, string> = {}, command = [process.execPath, "--import", "tsx", "src/index.ts"]): this {
    this.#child = spawn(command[0]!, command.slice(1), {
      cwd: this.dir,
      env: { PATH: process.env.PATH, PORT: "0", LOG_URL: "memory:", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout.on("data", (chunk) => {
      this.#out += chunk;
    });
    this.#child.stderr.on("data", (chunk) => {
      this.#err += chunk;
    });
    return this;
  }

  async port(): Promise<number> {
    await expect.poll(() => this.out + this.err, PATIENCE).toContain("\n");
    return Number(/^Brooklet is at https?:\/\/localhost:(\d+), its log is .*\n/.exec(this.out)?.[1]);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async exit(): Promise<number | null> {
    const child = this.#child!;
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child.exitCode;
  }

  /** Resolves once nothing of it runs any more. */
  async end(): Promise<void> {
    if (this.#child === undefined) return;
    this.kill("SIGKILL");
    await this.exit();
  }
}

let program: Program;
beforeEach(() => {
  program = new Program();
});
afterEach(() => program.end());

describe("the program refuses to start", () => {
  test("with bad variables: one line each, exit 2", async () => {
    expect(await program.start({ PORT: "http", CORS_ORIGIN: "x" }).exit()).toBe(2);
    expect(program.err.trimEnd().split("\n")).toEqual([
      "CORS_ORIGIN is not a variable of Brooklet. Did you mean CORS_ORIGINS?",
      expect.stringMatching(/^PORT is not valid\. Write /),
    ]);
    expect(program.out).toBe("");
  });

  test("open to all without having been told so: one line that names the variable and the fix, exit 2", async () => {
    expect(await program.start({ HOST: "0.0.0.0" }).exit()).toBe(2);
    expect(program.err).toBe(
      "PUBLISH_TOKEN is missing, and others than you may reach this server, as HOST says. " +
        "Set it, or TOKENS to a file of tokens, or PUBLISH=open if everybody may publish.\n",
    );
  });

  test("on a port that is in use: one line that names the variable and the fix, exit 2", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    expect(await program.start({ PORT: String(port) }).exit()).toBe(2);
    other.close();
    expect(program.err).toBe(`PORT ${port} is in use. Stop what listens there, or set another PORT.\n`);
  });

  test("without the Redis that it was told of: one line that names the variable and the fix, exit 2", async () => {
    expect(await program.start({ LOG_URL: "redis://:secret@127.0.0.1:1" }).exit()).toBe(2);
    expect(program.err).toBe(
      "cannot reach Redis at 127.0.0.1:1 (ECONNREFUSED). Is it running? Set LOG_URL to where it is.\n",
    );
  });

  test("with a certificate that cannot be read: one line that names the variable and the fix, exit 2", async () => {
    expect(await program.start({ TLS_CERT: "/nowhere.pem", TLS_KEY: "/nowhere.pem" }).exit()).toBe(2);
    expect(program.err).toBe(
      "TLS_CERT /nowhere.pem cannot be read. Set it to a PEM file that this process may read.\n",
    );
  });

  test("with a file of tokens that has a mistake: one line that names it, its line and the fix, exit 2", async () => {
    writeFileSync(join(program.dir, "tokens.yaml"), "ticker:\n  token: s3cret\n");
    expect(await program.start({ TOKENS: "tokens.yaml" }).exit()).toBe(2);
    expect(program.err).toBe(
      'TOKENS tokens.yaml, line 2: No token stands here itself. Write the 64 digits that printf %s "$TOKEN" | sha256sum ' +
        "prints. That is its sha256.\n",
    );
  });

  test("with a template that has a mistake: one message with file, line and >>, exit 1", async () => {
    program.edit("views/widgets/clock.eta", (text) => `${text}<% if ( { %>`);
    expect(await program.start().exit()).toBe(1);
    expect(program.err).toMatch(/^views\/widgets\/clock\.eta:\d+: /);
    expect(program.err).toMatch(/^ +>> \d+\| /m);
    expect(program.err).not.toMatch(/^\s+at /m);
  });

  test.each(["views/layout.eta", "views"])("without %s: one line that names what to write, exit 1", async (missing) => {
    rmSync(join(program.dir, missing), { recursive: true });
    expect(await program.start().exit()).toBe(1);
    expect(program.err).toMatch(/^views has no layout\.eta, which every page is put into\. Write one, with .*\n$/);
  });
});

describe("the running program", () => {
  const stream = (port: number) => new Raw(port).send("GET /events?regions=feed HTTP/1.1", "Host: localhost", "", "");

  test("prints one line, with its address, and answers there", async () => {
    const port = await program.start().port();
    expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200);
  });

  test("writes JSON where its output is no terminal's, an entry a line, from its start to its end", async () => {
    const port = await program.start({ DRAIN_SECONDS: "0.1" }).port();
    await stream(port).until("id: ");
    program.kill("SIGTERM");
    await program.exit();
    const told = (msg: unknown) => expect.objectContaining({ level: "info", time: expect.stringMatching(/Z$/), msg });
    expect(program.entries).toEqual([
      told(`Brooklet is at http://localhost:${port}, its log is in memory, and ends with this process`),
      told("Leaving: 1 stream ends within 0.1 s."),
      told("Brooklet has stopped."),
    ]);
    expect(program.entries[0]).toMatchObject({ version: expect.stringMatching(/^\d/), node: process.version });
  });

  test("says nothing of leaving where nobody is there to be told", async () => {
    await program.start({ DRAIN_SECONDS: "0.1" }).port();
    program.kill("SIGTERM");
    await program.exit();
    expect(program.entries.map(({ msg }) => msg).slice(1)).toEqual(["Brooklet has stopped."]);
  });

  test("tells what a person needs to read where its output is a terminal's", async () => {
    const command = `exec ${process.execPath} --import tsx src/index.ts`;
    await program.start({ PORT: "nowhere" }, ["script", "-qec", command, "/dev/null"]).exit();
    expect(program.err).toBe("PORT is not valid. Write a whole number from 0 to 65535, such as PORT=3000.\r\n");
  });

  test("names tokens in its log, and shows none, whatever becomes of them and their file", async () => {
    const ticker = given("ticker", "rights: publish, topics: feed");
    const file = join(program.dir, "tokens.yaml");
    writeFileSync(file, ticker.line, { mode: 0o600 });
    const port = await program.start({ TOKENS: "tokens.yaml", PUBLISH_TOKEN: "operators-4711" }).port();
    const ask = (method: string, path: string, token: string) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const body = method === "POST" ? '"hi"' : null;
      return fetch(`http://localhost:${port}/publish/${path}`, { method, headers, body });
    };
    const answers = [
      await ask("POST", "feed", ticker.token),
      await ask("DELETE", "feed", ticker.token),
      await ask("POST", "price", ticker.token),
      await ask("POST", "feed", "strangers-4711"),
      await ask("POST", "feed", "operators-4711"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 403, 403, 401, 201]);
    // Whoever puts a token itself into the file, in whatever way.
    for (const [i, line] of [`  token: ${ticker.token}`, `  ${ticker.token}`, ticker.token].entries()) {
      writeFileSync(file, `ticker:\n${line}\n`);
      const told = () => (program.out + program.err).split("Until then the tokens that it had stay").length - 1;
      await expect.poll(told, PATIENCE).toBe(i + 1);
    }
    const refused = program.entries.filter(({ code }) => code === "token_forbidden");
    expect(refused.map(({ level, token, status }) => [level, token, status])).toEqual([
      ["warn", "ticker", 403],
      ["warn", "ticker", 403],
    ]);
    const said = [
      JSON.stringify(program.entries),
      program.err,
      ...(await Promise.all(answers.map((answer) => answer.text()))),
    ].join();
    expect(said).toMatch(/token “ticker” does not have the right “remove”/);
    expect(said).toMatch(/token “ticker” is not for this topic/);
    expect(said).not.toMatch(/4711/);
  });

  test("with a pair speaks HTTPS, says so, and ends its streams and its connections on SIGTERM", async () => {
    const { cert, key } = selfSigned();
    const port = await program.start({ TLS_CERT: cert, TLS_KEY: key, DRAIN_SECONDS: "0.1" }).port();
    const line = `Brooklet is at https://localhost:${port}, its log is in memory, and ends with this process\n`;
    expect(program.out).toBe(line);
    const client = new Http2Client(port);
    const reader = client.read("feed");
    await reader.until("id: ");
    program.kill("SIGTERM");
    await once(client.session, "close");
    expect(reader.text).toMatch(/\n\n$/);
    expect(await program.exit()).toBe(0);
    expect(program.err).toBe("");
  });

  test.each(["SIGTERM", "SIGINT"] as const)("on %s ends its streams and exits with 0", async (signal) => {
    const port = await program.start({ DRAIN_SECONDS: "0.1" }).port();
    const reader = stream(port);
    await reader.until("id: ");
    program.kill(signal);
    expect(await reader.end()).toMatch(/\n\n$/);
    expect(await program.exit()).toBe(0);
    expect(program.err).toBe("");
  });

  test("shows a changed template on open pages; a bad one shows its author where, and the old one stays", async () => {
    const port = await program.start({ NODE_ENV: "development" }).port();
    const reader = stream(port);
    await reader.until("id: ");
    const good = readFileSync(join(program.dir, "views/widgets/feed.eta"), "utf8");

    program.edit("views/widgets/feed.eta", (text) => `${text}<% if ( { %>`);
    const notice = await reader.until("views/widgets/feed.eta:");
    expect(notice).toContain("&gt;&gt; ");
    const headers = { "content-type": "application/json" };
    const publish = (body: string) => fetch(`http://localhost:${port}/publish`, { method: "POST", body, headers });
    expect((await publish('"by the old one"')).status).toBe(201);
    await reader.until("<p>by the old one</p>");

    program.edit("views/widgets/feed.eta", () => good.replace("<p><%", '<p class="new"><%'));
    await reader.until('<p class="new">by the old one</p>');
    reader.socket.destroy();
  });

  test("does not live on with an exception that nobody has caught: the stack is in its log, and it exits with 1", async () => {
    const text = 'setTimeout(() => {\n  throw new Error("of nobody");\n}, 500);\nexport default null;\n';
    mkdirSync(join(program.dir, "src/sources"));
    writeFileSync(join(program.dir, "src/sources/counter.ts"), text);
    expect(await program.start().exit()).toBe(1);
    expect(program.err).toMatch(/Error: of nobody\n\s+at .*counter\.ts/);
  });

  test("lives on where an author's code leaves a promise behind that is rejected: it tells where that was made", async () => {
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(program.dir, file)), { recursive: true });
      writeFileSync(join(program.dir, file), text);
    };
    // Of an object's properties zod drops what the first has promised, where the second throws.
    write(
      "views/widgets/feed.schema.ts",
      `import { z } from "zod";
       const later = z.string().refine(async () => { throw new Error("of a schema"); });
       const atOnce = z.string().refine(() => { throw new Error("at once"); });
       export default z.object({ a: later, b: atOnce });`,
    );
    write("src/sources/counter.ts", 'setTimeout(() => void Promise.reject("of a source"), 1);\nexport default null;\n');
    write("views/pages/left.eta", '<% void (async () => { throw new Error("of a template"); })() %>');
    program.start();
    await expect.poll(() => program.out, PATIENCE).toContain("\n");
    const port = await program.port();
    const headers = { "content-type": "application/json" };
    const publish = () =>
      fetch(`http://localhost:${port}/publish`, { method: "POST", headers, body: '{"a":"x","b":"y"}' });
    expect([(await publish()).status, (await fetch(`http://localhost:${port}/left`)).status]).toEqual([422, 200]);
    const told = () => program.entries.filter(({ code }) => code === "unawaited");
    const MADE = [/ of a source$/, /Error: of a schema\n\s*at .*feed\.schema\.ts/, /Error: of a template\n\s*at /];
    for (const made of MADE) {
      const at = () => told().findIndex(({ msg, detail }) => made.test(`${msg}\n${detail}`.replace("\nundefined", "")));
      await expect.poll(at, PATIENCE).not.toBe(-1);
    }
    expect(told()[0]).toMatchObject({ level: "error", msg: expect.stringContaining("Await it, or catch its error") });
    expect((await publish()).status).toBe(422);
  });

  test("keeps an author's mistake to its log where it was not started to develop", async () => {
    const port = await program.start().port();
    const reader = stream(port);
    await reader.until("id: ");
    program.edit("views/widgets/feed.eta", (text) => `${text}<% if ( { %>`);
    await expect.poll(() => program.err, PATIENCE).toContain("views/widgets/feed.eta:");
    const headers = { "content-type": "application/json" };
    await fetch(`http://localhost:${port}/publish`, { method: "POST", body: '"after it"', headers });
    expect(await reader.until("<p>after it</p>")).not.toContain("feed.eta");
    reader.socket.destroy();
  });

  test.each(["start", "dev"])("under npm run %s ends with npm", async (script) => {
    const port = await program.start({}, ["npm", "run", "--silent", script]).port();
    expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200);
    program.kill("SIGTERM");
    await program.exit();
    await expect(fetch(`http://localhost:${port}/healthz`)).rejects.toThrow("fetch failed");
  });
});
