import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Token } from "../../../src/engine/access/token.ts";
import { Tokens } from "../../../src/engine/access/tokens.ts";
import { SettingsError } from "../../../src/engine/config/variables.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { start, type TestServer } from "../../support/server.ts";
import { given, tokensFile } from "../../support/tokens.ts";

const ticker = given("ticker", "rights: [publish], topics: [price]");
const other = given("other", "rights: [publish, remove], topics: ['*']");
const MISSING = /^TOKENS .+ is missing, so that nobody is admitted by it\. Write the file, or leave TOKENS out\.$/;

const tokensOf = (path: string, told: unknown[] = [], widgets: string[] = ["price"]) =>
  new Tokens(
    { publishToken: "all-4711", tokensFile: path },
    { widgets: () => widgets, report: (what) => told.push(what) },
  );

describe("at the start", () => {
  test("a file that cannot be read is refused, and one that is missing is not", () => {
    const path = tokensFile([ticker, { line: "bad: {" }]);
    expect(() => tokensOf(path)).toThrow(
      new SettingsError([
        `TOKENS ${path}, line 2: This is not YAML. Write “name:”, and below it, indented, “key: value”.`,
      ]),
    );
    expect(() => tokensOf(dirname(path))).toThrow(`TOKENS ${dirname(path)} cannot be read (EISDIR).`);
    const told: unknown[] = [];
    const tokens = tokensOf(join(dirname(path), "none.yaml"), told);
    expect(told).toEqual([expect.stringMatching(MISSING)]);
    expect(tokens.problem).toMatch(MISSING);
    expect(() => tokens.admit(ticker.token, "publish")).toThrow(expect.objectContaining({ status: 401 }));
    expect(tokens.isOpen("publish")).toBe(false);
  });

  test("a file that others may read or change is warned of, and so is a topic that no widget shows", () => {
    const path = tokensFile([ticker, given("typo", "rights: read, topics: [price/*, prize/x, '*']")]);
    chmodSync(path, 0o646);
    const told: unknown[] = [];
    tokensOf(path, told);
    expect(told).toEqual([
      `TOKENS ${path} can be read and changed by everybody on this machine. Set it to mode 600 or 640.`,
      `TOKENS ${path}, line 2: “typo” is for a topic that no widget shows. Did you mean “price”?`,
    ]);
  });
});

test("PUBLISH_TOKEN may everything, beside those of the file", () => {
  const tokens = tokensOf(tokensFile([ticker]));
  for (const right of ["publish", "remove", "read"] as const) {
    expect(tokens.admit("all-4711", right, parseTopic("any/thing")).name).toBe("PUBLISH_TOKEN");
  }
  for (const right of ["metrics", "inspect"] as const)
    expect(tokens.admit("all-4711", right).name).toBe("PUBLISH_TOKEN");
  expect(tokens.admit(ticker.token, "publish", parseTopic("price")).name).toBe("ticker");
});

test("without any token everybody may publish and remove, and nobody what needs one", () => {
  const none = new Tokens({ publishToken: undefined, tokensFile: undefined }, { widgets: () => [], report: () => {} });
  expect((["publish", "remove", "read", "metrics", "inspect"] as const).map((right) => none.isOpen(right))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  for (const text of [undefined, "", "x"]) {
    expect(() => none.admit(text, "metrics")).toThrow(expect.objectContaining({ status: 401 }));
  }
  expect(() => none.admit(undefined, "read")).toThrow(
    "This server has none: start it with PUBLISH_TOKEN, or with TOKENS",
  );
});

test("a text is compared with every token, whichever of them it is, and each time in constant time", () => {
  const listed = Array.from({ length: 20 }, (_, i) => given(`t${i}`, "rights: publish, topics: price"));
  const tokens = tokensOf(tokensFile(listed));
  expect(Token.prototype.hasHash.toString()).toContain("timingSafeEqual");
  const compared = vi.spyOn(Token.prototype, "hasHash");
  for (const text of [listed[0]!.token, listed[10]!.token, listed[19]!.token, "all-4711", "nobody's"]) {
    compared.mockClear();
    try {
      tokens.admit(text, "publish");
    } catch {}
    expect(compared).toHaveBeenCalledTimes(21);
  }
  compared.mockRestore();
});

describe("on a server", () => {
  let path: string;
  let server: TestServer;

  const publish = ({ bearer }: { bearer: Record<string, string> }) =>
    fetch(`${server.url}/publish/price`, {
      method: "POST",
      body: '{"symbol":"ACME","price":1,"change":0}',
      headers: { "content-type": "application/json", ...bearer },
    });
  const status = async (who: typeof ticker) => (await publish(who)).status;
  const said: unknown[] = [];
  const report = (what: unknown) => void said.push(what);
  /** Resolves once the operator has been told so. */
  const told = (text: string) =>
    vi.waitFor(() => expect(said.join("\n")).toMatch(new RegExp(text)), { timeout: 20_000, interval: 20 });
  const ready = async () => {
    const answer = await fetch(`${server.url}/readyz`);
    return [answer.status, await answer.json()];
  };
  const replace = (text: string) => {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };

  beforeEach(async () => {
    path = tokensFile([ticker]);
    said.length = 0;
  });
  afterEach(() => server.close());

  test("the file's life: edited, broken, mended, removed, written again, replaced", async () => {
    server = await start({ config: { tokensFile: path }, report });
    const opened = server.tokens.admit(ticker.token, "publish");
    expect([await status(ticker), await status(other)]).toEqual([201, 401]);

    writeFileSync(path, ticker.line + other.line);
    await told("was read again. Its tokens are ticker, other.");
    expect([await status(ticker), await status(other)]).toEqual([201, 201]);
    expect(server.tokens.stillMay(opened, "publish")).toBe(true);

    writeFileSync(path, `${other.line}bad: {`);
    await told("line 2: This is not YAML.+Until then the tokens that it had stay as they were.");
    expect([await status(ticker), await status(other)]).toEqual([201, 201]);
    expect(await ready()).toEqual([503, { ok: false, failing: ["tokens"] }]);

    writeFileSync(path, other.line);
    await told("was read again. Its tokens are other.");
    expect([await status(ticker), await status(other)]).toEqual([401, 201]);
    expect(await ready()).toEqual([200, { ok: true, failing: [] }]);
    expect(server.tokens.stillMay(opened, "publish")).toBe(false);

    rmSync(path);
    await told("is missing, so that nobody is admitted");
    expect([await status(ticker), await status(other)]).toEqual([401, 401]);
    expect((await ready())[0]).toBe(503);

    said.length = 0;
    replace(ticker.line);
    await told("was read again. Its tokens are ticker.");
    expect([await status(ticker), await status(other)]).toEqual([201, 401]);

    rmSync(path);
    await told("is missing, so that nobody is admitted");
    said.length = 0;
    writeFileSync(path, "bad: {");
    await told("line 1: This is not YAML.+Until then nobody is admitted by it.");
    expect(await status(ticker)).toBe(401);
    said.length = 0;
    replace(ticker.line);
    await told("was read again. Its tokens are ticker.");

    said.length = 0;
    replace("");
    await told("line 1: There is no token in it.");
    expect(await status(ticker)).toBe(201);
    expect(said).toHaveLength(1);
  });

  test("a link on its way that leads elsewhere, as Kubernetes does it, is followed", async () => {
    const volume = dirname(path);
    const version = (name: string, text: string) => {
      mkdirSync(join(volume, name));
      writeFileSync(join(volume, name, "list.yaml"), text, { mode: 0o600 });
      symlinkSync(name, join(volume, `..data_${name}`));
      renameSync(join(volume, `..data_${name}`), join(volume, "..data"));
    };
    version("v1", ticker.line);
    symlinkSync("..data/list.yaml", join(volume, "list.yaml"));
    server = await start({ config: { tokensFile: join(volume, "list.yaml") }, report });
    expect([await status(ticker), await status(other)]).toEqual([201, 401]);
    version("v2", other.line);
    rmSync(join(volume, "v1"), { recursive: true });
    await told("was read again. Its tokens are other.");
    expect([await status(ticker), await status(other)]).toEqual([401, 201]);
  });
});
