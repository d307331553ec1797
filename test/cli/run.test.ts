import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Child } from "../faults/child.ts";
import { FIXTURES, writeFiles } from "../support/folders.ts";
import { freePort } from "../support/port.ts";

/** A folder of an author's, with nothing of Brooklet in it or above it. */
const FILES = {
  "views/pages/index.eta":
    '<h1>Here</h1> <%~ live("price") %> <form <%~ action("wave") %>><button>Wave</button></form>',
  "views/widgets/price.eta": "<b>at <%= data %></b>",
  "src/sources/price.ts":
    'import { every } from "brooklet";\nimport { price } from "./_price";\nexport default every(50, () => price);\n',
  "src/sources/_price.ts": "export const price: number = 1;\n",
  "src/actions/wave.ts": 'import { action } from "brooklet";\nexport default action(() => {});\n',
  "package.json": '{ "type": "module" }',
};

/** A process of its own takes its time to start where others use the machine, too. */
const PATIENCE = { timeout: 50_000 };

let dir: string;
let child: Child | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brooklet-pages-"));
  write(FILES);
  cpSync(join(FIXTURES.views, "layout.eta"), join(dir, "views/layout.eta"));
  cpSync(FIXTURES.public, join(dir, "public"), { recursive: true });
});
afterEach(async () => {
  await child?.kill();
  rmSync(dir, { recursive: true });
});

function write(files: Record<string, string>): void {
  writeFiles(dir, files);
}

function brooklet(args: string[], env: Record<string, string> = {}, cwd = dir): Child {
  child = new Child("src/cli/brooklet.ts", args, { LOG_URL: "memory:", ...env }, cwd);
  return child;
}

/** The page, once it shows this; a server that starts again is away for a moment. */
async function shows(port: number, text: string): Promise<void> {
  const page = () =>
    fetch(`http://localhost:${port}/`).then(
      (answer) => answer.text(),
      () => "",
    );
  await expect.poll(page, PATIENCE).toContain(text);
}

describe("brooklet dev", () => {
  test("runs a folder: pages, sources and actions in TypeScript; a change in any of them shows, also after a mistake", async () => {
    const port = await freePort();
    brooklet(["dev"], { PORT: String(port) });
    await shows(port, "<b>at 1</b>");
    write({ "views/widgets/price.eta": "<b>now at <%= data %></b>" });
    await shows(port, "<b>now at 1</b>");
    write({ "src/sources/_price.ts": "export const price: number = 2;\n" });
    await shows(port, "<b>now at 2</b>");
    write({ "src/sources/_price.ts": "export const price: number = 3;\n" });
    await shows(port, "<b>now at 3</b>");
    write({ "package.json": '{ "type": ' });
    await expect
      .poll(() => child!.err, PATIENCE)
      .toMatch(/package\.json is not JSON: .*\nIt starts again when something/s);
    write({ "package.json": FILES["package.json"] });
    await shows(port, "<b>now at 3</b>");
  });

  test("says of a file that nothing reads what to do with it, when it starts and when the file comes", async () => {
    write({ "views/pages/about.html": "" });
    const port = await freePort();
    brooklet(["dev"], { PORT: String(port) });
    const told = (path: string) =>
      `views/${path}.html: nothing reads it: a template ends in .eta. Rename it to views/${path}.eta.`;
    await expect.poll(() => child!.err, PATIENCE).toContain(told("pages/about"));
    write({ "views/widgets/tea.html": "" });
    await expect.poll(() => child!.err, PATIENCE).toContain(told("widgets/tea"));
    expect(child!.err.split(told("pages/about"))).toHaveLength(2);
  });

  test("shows what keeps it from starting at every address, with file and line, until it is mended", async () => {
    const port = await freePort();
    write({ "views/words.yaml": "nonsense: 1\n" });
    brooklet(["dev"], { PORT: String(port) });
    await shows(port, "views/words.yaml:1: ");
    const at = (path: string, init?: RequestInit) => fetch(`http://localhost:${port}${path}`, init);
    const page = await at("/anything", { headers: { accept: "text/html" } });
    const html = await page.text();
    expect([page.status, html]).toEqual([503, expect.stringContaining("&gt;&gt; 1| nonsense: 1")]);
    expect((await at(/href="(\/assets\/[^"]+\.css)"/.exec(html)![1]!)).status).toBe(200);
    const headers = { "content-type": "application/json" };
    const refused = await at("/publish/price", { method: "POST", body: "1", headers });
    expect(await refused.json()).toMatchObject({ code: "mistake", detail: expect.stringContaining("words.yaml:1: ") });
    // Pages that are open keep what they show, and are told why nothing comes.
    const stream = await at("/events?regions=price&cursor=any", { headers: { accept: "text/event-stream" } });
    let told = "";
    for await (const bytes of stream.body!.pipeThrough(new TextDecoderStream())) {
      told += bytes;
      if (told.includes("words.yaml:1: ")) break;
    }
    expect(told).toMatch(/<hx-partial id=_notice .*views\/words\.yaml:1: /);
    expect(told).not.toContain("id=price");
    expect(told).toMatch(/<hx-partial id=_pulse .*class="away".*No new data/);
    expect(told).not.toContain("Live");
    const [stranger] = await once(get({ port, path: "/", headers: { host: "evil.example" } }), "response");
    expect([stranger.statusCode, await text(stranger)]).toEqual([421, expect.not.stringContaining("words.yaml")]);

    const good = { ...FILES, "views/words.yaml": "" };
    write({ ...good, "src/sources/_price.ts": "export const price: number = ;\n" });
    await shows(port, "src/sources/_price.ts:1: Unexpected");
    write({ ...good, "src/actions/wave.ts": "\nthrow new Error('no address');\n" });
    await shows(port, "src/actions/wave.ts:2: no address");
    write({ ...good, "views/widgets/price.schema.ts": "export default {};\n" });
    await shows(port, "views/widgets/price.schema.ts: it exports no schema.");
    expect(child!.err).toMatch(/words\.yaml:1: .*_price\.ts:1: .*wave\.ts:2: .*price\.schema\.ts: /s);
    rmSync(join(dir, "views/widgets/price.schema.ts"));
    await shows(port, "<b>at 1</b>");
  });

  test("takes up a schema that is written beside a widget, and tells TypeScript of it", async () => {
    const port = await freePort();
    brooklet(["dev"], { PORT: String(port) });
    await shows(port, "<b>at 1</b>");
    const validate = (most: number) =>
      `(value: number) => value > ${most} ? { issues: [{ message: "At most ${most}." }] } : { value }`;
    const schema = (most: number) => ({
      "views/widgets/price.schema.ts": `export default { "~standard": { version: 1, vendor: "test", validate: ${validate(most)} } };\n`,
    });
    const refusal = () =>
      fetch(`http://localhost:${port}/publish/price`, {
        method: "POST",
        body: "10",
        headers: { "content-type": "application/json" },
      }).then(
        async (answer) => (await answer.json()).detail,
        () => "",
      );
    write(schema(5));
    await expect.poll(refusal, PATIENCE).toBe("At most 5.");
    write(schema(9));
    await expect.poll(refusal, PATIENCE).toBe("At most 9.");
    expect(readFileSync(join(dir, "views/widgets/topics.d.ts"), "utf8")).toContain(
      'price: Taken<typeof import("./price.schema.ts").default>;',
    );
    // Nobody is told to start it again, which was just done.
    expect(child!.out + child!.err).not.toContain("next start");
  });

  test("on SIGINT ends its server, and then itself with 0", async () => {
    const [, port] = await brooklet(["dev"], { PORT: "0" }).said(/^Brooklet is at http:\/\/localhost:(\d+), /m);
    child!.process.kill("SIGINT");
    expect(await child!.exit()).toBe(0);
    await expect(fetch(`http://localhost:${port}/healthz`)).rejects.toThrow("fetch failed");
  });

  test("that is killed leaves no server behind", async () => {
    const [, port] = await brooklet(["dev"], { PORT: "0" }).said(/^Brooklet is at http:\/\/localhost:(\d+), /m);
    await child!.kill();
    const gone = () =>
      fetch(`http://localhost:${port}/healthz`).then(
        () => false,
        () => true,
      );
    await expect.poll(gone, PATIENCE).toBe(true);
  });

  test("on a port that is taken says so, with the mend, and waits for nothing", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    expect(await brooklet(["dev"], { PORT: String(port) }).exit()).toBe(2);
    other.close();
    expect(child!.err).toBe(`PORT ${port} is in use. Stop what listens there, or set another PORT.\n`);
  });
});

describe("brooklet start", () => {
  test("refuses to start where there is something to mend, and says what", async () => {
    write({ "views/widgets/price.eta": "<b>\nat <%= data ) %></b>" });
    const env = { PORT: "0", PUBLISH_TOKEN: "token-of-the-tests" };
    expect(await brooklet(["start"], env).exit()).toBe(1);
    expect(child!.err).toContain("views/widgets/price.eta:2: ");
  });

  test("runs a folder that is named, for its visitors: who publishes needs a token", async () => {
    expect(await brooklet(["start", dir], { PORT: "0" }, tmpdir()).exit()).toBe(2);
    expect(child!.err).toMatch(
      /^PUBLISH_TOKEN is missing, .* as brooklet start takes it to be unless it is set\. Set it, /,
    );
    const env = { PORT: "0", PUBLISH_TOKEN: "token-of-the-tests", LOG_URL: "" };
    const [, port] = await brooklet(["start", dir], env, tmpdir()).said(/^Brooklet is at http:\/\/localhost:(\d+), /m);
    await shows(Number(port), "<b>at 1</b>");
    expect(existsSync(join(dir, ".brooklet"))).toBe(true);
    child!.process.kill("SIGTERM");
    expect(await child!.exit()).toBe(0);
    expect(child!.err).toBe("");
  });
});

test("brooklet check tells what a schema leaves behind, and goes on", async () => {
  write({
    "views/widgets/price.samples.json": '{ "one": { "data": 1 } }',
    "views/widgets/price.schema.ts": `const validate = (value: unknown) => {
      void Promise.reject(new Error("left behind"));
      return { value };
    };
    export default { "~standard": { version: 1, vendor: "test", validate } };`,
  });
  const checking = brooklet(["check"]);
  expect(await checking.exit()).toBe(1);
  await expect.poll(() => checking.out, PATIENCE).toContain("nothing to mend in 1 widget, 1 page");
  await expect
    .poll(() => checking.err, PATIENCE)
    .toMatch(/A promise was rejected that nobody awaits\..* Error: left behind\n\s+at .*price\.schema\.ts/);
});
