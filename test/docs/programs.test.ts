import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { blocksOf, commandsBelow, section } from "../support/documents.ts";
import { start, type TestServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "brooklet-programs-"));
const env = { PATH: process.env.PATH };
const topic = parseTopic("feed");

let server: TestServer;
beforeAll(async () => {
  server = await start();
});
beforeEach(() => server.broker.publish([{ topic, op: "clear" }]));
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** What the document says, but for the port. */
const here = (text: string) => text.replaceAll("localhost:3000", `localhost:${server.port}`);
const run = (command: string, ...args: string[]) => promisify(execFile)(command, args, { cwd: folder, env });

const followers: ChildProcess[] = [];
afterEach(() => {
  for (const follower of followers.splice(0)) process.kill(-follower.pid!); // with what a shell has started
});

/** Starts what goes on until it is ended. @returns what gives all that it has said so far */
function follow(command: string, args: string[]): () => string {
  const follower = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"], detached: true });
  followers.push(follower);
  let said = "";
  follower.stdout!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return () => said;
}

/** What the feed holds. */
async function values(): Promise<unknown[]> {
  const { values } = (await (await fetch(`${server.url}/topics/feed`)).json()) as { values: { data: unknown }[] };
  return values.map(({ data }) => data);
}

describe("the commands of the document about programs", () => {
  const [publish = "", change = ""] = commandsBelow("Publish");

  test("publish, replace, remove and empty, and publish many, or none", async () => {
    const commands = publish.trim().split("\n");
    const follows = commands.pop();
    expect(follows).toMatch(/^curl -N /);
    const seen: unknown[][] = [];
    for (const command of commands) {
      await run("sh", "-ec", here(command).replaceAll("curl ", "curl -fsS "));
      seen.push(await values());
    }
    expect(seen).toEqual([[{ text: "hi" }], [{ text: "hi" }, { text: "ho" }], [{ text: "hi" }], [], [1, 2, 3]]);
    const said = follow("sh", ["-ec", here(follows!).replace("curl ", "curl -s ")]);
    await expect.poll(said).toMatch(/^event: feed:reset\n.*^data: \{"values":.*3/ms);
  });

  test("read what is there with its ETag, and change it only once by that", async () => {
    const [read = "", write = ""] = change.trim().split("\n");
    await run("sh", "-ec", here(publish.split("\n")[1]!));
    const { stdout } = await run("sh", "-ec", here(read));
    const [, tag] = /^ETag: ("[^"]+")/im.exec(stdout)!;
    const status = async () => {
      const command = here(write)
        .replace(/"k3f9-1"/, tag!)
        .replace("curl ", "curl -s -o /dev/null -w '%{http_code}' ");
      return (await run("sh", "-ec", command)).stdout;
    };
    expect([await status(), await status()]).toEqual(["201", "412"]);
  });
});

test("the program in Go publishes, once for its key", async () => {
  const [{ text } = { text: "" }, ...others] = blocksOf(section("Go"));
  expect(others).toEqual([]);
  const file = join(folder, "publish.go");
  writeFileSync(file, here(text));
  for (let i = 0; i < 2; i++) await run("yaegi", "run", file);
  expect(await values()).toEqual([{ text: "Hello from Go" }]);
});

describe.each([
  ["Python", "python3", "py"],
  ["JavaScript", process.execPath, "mjs"],
])("the programs in %s", (language, command, ending) => {
  const programs = blocksOf(section(language)).map(({ text }) => text);
  const file = (name: string) => join(folder, `${name}.${ending}`);
  test("publish, and follow what is published, through a connection that breaks", async () => {
    expect(programs.map((text) => /(\w+)\.\w+$/m.exec(text)![1])).toEqual(["publish", "follow"]);
    for (const [i, name] of ["publish", "follow"].entries()) writeFileSync(file(name), here(programs[i]!));
    const said = follow(command, [file("follow")]);
    const lines = () =>
      said()
        .split("\n")
        .filter((line) => line.startsWith("feed"));
    await expect.poll(lines).toHaveLength(1);
    expect(lines()[0]).toMatch(/^feed:reset \{"values": ?\[\]\}/);
    await run(command, file("publish"));
    const hello = new RegExp(`^feed:?\\w* .*"text": ?"Hello from ${language}"`);
    await expect.poll(lines).toHaveLength(2);
    expect(lines()[1]).toMatch(hello);
    server.web.closeAllConnections();
    await run(command, file("publish"));
    await expect.poll(lines).toHaveLength(3);
    expect(lines()[2]).toMatch(hello);
    expect(await values()).toHaveLength(2);
  });
});
