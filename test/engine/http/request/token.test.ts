import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { start, type TestServer } from "../../../support/server.ts";
import { given, tokensFile } from "../../../support/tokens.ts";

const writer = given("writer", "rights: [publish], topics: [price, feed/*]");
const remover = given("remover", "rights: remove, topics: feed");
const reader = given("reader", "rights: [read, metrics], topics: '*'");
const all = [writer, remover, reader];
const stranger = given("stranger", "");
const operator = { token: "operators-4711", bearer: { authorization: "Bearer operators-4711" } };

let server: TestServer;
beforeAll(async () => {
  server = await start({ config: { tokensFile: tokensFile(all), publishToken: operator.token } });
});
afterAll(() => server.close());

const JSON_TYPE = { "content-type": "application/json" };
const NDJSON = { "content-type": "application/x-ndjson" };
const PRICE = '{"symbol":"ACME","price":1,"change":0}';

type Who = { readonly bearer: Record<string, string> };
const send = (
  method: string,
  path: string,
  { bearer }: Who,
  body: string | null,
  headers: Record<string, string> = {},
) => fetch(`${server.url}${path}`, { method, body, headers: { ...bearer, ...headers } });

const ways: [string, (path: string, who: Who) => Promise<Response>, "publish" | "remove"][] = [
  ["POST", (path, who) => send("POST", path, who, PRICE, JSON_TYPE), "publish"],
  ["POST of lines", (path, who) => send("POST", path, who, `${PRICE}\n${PRICE}`, NDJSON), "publish"],
  ["POST with If-Match", (path, who) => send("POST", path, who, PRICE, { ...JSON_TYPE, "if-match": "*" }), "publish"],
  ["POST of an item", (path, who) => send("POST", `${path}?item=a`, who, PRICE, JSON_TYPE), "publish"],
  ["DELETE of an item", (path, who) => send("DELETE", `${path}?item=a`, who, null), "remove"],
  ["DELETE with If-Match", (path, who) => send("DELETE", path, who, null, { "if-match": "*" }), "remove"],
  ["DELETE", (path, who) => send("DELETE", path, who, null), "remove"],
];

describe.each(ways)("%s", (_, ask, right) => {
  test("passes with a token that has the right and the topic, and with PUBLISH_TOKEN", async () => {
    const [path, who] = right === "publish" ? ["/publish/feed/x", writer] : ["/publish/feed", remover];
    await send("POST", path, operator, PRICE, JSON_TYPE); // so that If-Match finds a value
    expect((await ask(path, who)).ok).toBe(true);
    await send("POST", path, operator, PRICE, JSON_TYPE);
    expect((await ask(path, operator)).ok).toBe(true);
  });

  test("is refused without one, and changes nothing", async () => {
    const before = server.broker.cursor();
    const missing = await ask("/publish/feed", { bearer: {} });
    expect([missing.status, (await missing.json()).code]).toEqual([401, "token_missing"]);
    const invalid = await ask("/publish/feed", stranger);
    expect([invalid.status, (await invalid.json()).code]).toEqual([401, "token_invalid"]);

    const topics = right === "publish" ? writer : remover;
    for (const path of ["/publish", "/publish/feeds/x", "/publish/nothing"]) {
      if (right === "remove" && path === "/publish") continue;
      const forbidden = await ask(path, topics);
      expect(forbidden.status).toBe(403);
      expect(await forbidden.json()).toMatchObject({
        code: "token_forbidden",
        title: expect.stringMatching(/^The token “(writer|remover)” is not for this topic\. Its topics are .*feed/),
      });
    }
    const right2 = right === "publish" ? "remove" : "publish";
    for (const who of [right2 === "publish" ? writer : remover, reader]) {
      const forbidden = await ask("/publish/feed", who);
      expect(forbidden.status).toBe(403);
      expect(forbidden.headers.get("www-authenticate")).toBe(
        `Bearer realm="brooklet", error="insufficient_scope", scope="${right}"`,
      );
      expect(await forbidden.json()).toMatchObject({
        code: "token_forbidden",
        title: expect.stringContaining(`does not have the right “${right}”`),
      });
    }
    expect(server.broker.cursor()).toBe(before);
  });
});

describe("an Idempotency-Key", () => {
  const also = given("also", "rights: publish, topics: feed/*");
  const renewed = given("renewed", "");
  let keyed: TestServer;
  beforeAll(async () => {
    // Of one name, the old token and the new one.
    const both = {
      line: writer.line.replace(/sha256: (\w+)/, `sha256: [$1, ${/sha256: (\w+)/.exec(renewed.line)![1]}]`),
    };
    keyed = await start({ config: { tokensFile: tokensFile([both, also]), publishToken: operator.token } });
  });
  afterAll(() => keyed.close());

  const keep = async (who: Who, path: string, body: string, key: string) => {
    const headers = { ...JSON_TYPE, ...who.bearer, "idempotency-key": key };
    const response = await fetch(`${keyed.url}${path}`, { method: "POST", body, headers });
    return { status: response.status, ...((await response.json()) as { id?: string; code?: string }) };
  };

  test("is each token's own: another's neither answers it nor spoils it", async () => {
    const first = await keep(writer, "/publish/feed/a", "1", "k1");
    expect(first.status).toBe(201);
    const others = [await keep(also, "/publish/feed/a", "1", "k1"), await keep(also, "/publish/feed/b", "2", "k1")];
    expect(others.map(({ status, code }) => code ?? status)).toEqual([201, "idempotency_mismatch"]);
    expect(others[0]!.id).not.toBe(first.id);
    const all = [await keep(operator, "/publish/feed/b", "3", "k1"), await keep(writer, "/publish/feed/a", "1", "k1")];
    expect(all.map(({ status }) => status)).toEqual([201, 201]);
    expect(seqOf(all[1]!)).toBe(seqOf(first));
  });

  test("is known when it comes with the token that took the old one's place", async () => {
    const first = await keep(writer, "/publish/feed/a", "1", "k2");
    expect(seqOf(await keep(renewed, "/publish/feed/a", "1", "k2"))).toBe(seqOf(first));
  });

  test("has a way into nobody else's, and not to those of visitors' presses", async () => {
    const theirs = await keep(writer, "/publish/feed/a", "4", "k3");
    const kept = `_token/writer/${createHash("sha256").update("k3").digest("base64url")}`;
    for (const key of [kept, "_press/k3", "_key/k3", "x".repeat(200), `_${"x".repeat(199)}`]) {
      expect((await keep(operator, "/publish/feed/a", "5", key)).status).toBe(201);
      expect((await keep(also, "/publish/feed/a", "5", key)).status).toBe(201);
    }
    expect(seqOf(await keep(writer, "/publish/feed/a", "4", "k3"))).toBe(seqOf(theirs));
    for (const who of [writer, operator]) {
      const refused = await keep(who, "/publish/feed/a", "5", "x".repeat(201));
      expect([refused.status, refused.code]).toEqual([400, "idempotency_key_invalid"]);
    }
  });

  const seqOf = ({ id }: { id?: string }) => id?.split("-").at(-1);
});

test("no answer, and nothing that the operator is told, has a token or its hash in it", async () => {
  const said: string[] = [];
  for (const [, ask] of ways) {
    for (const who of [...all, stranger, operator, { bearer: { authorization: `Bearer  ${writer.token} x` } }]) {
      for (const path of ["/publish/feed", "/publish/price/x", "/publish/none", "/publish/..%2f"]) {
        const response = await ask(path, who);
        said.push(await response.text(), JSON.stringify([...response.headers]));
      }
    }
  }
  const heard = [...said, ...server.errors.map(String)].join("\n");
  for (const { token } of [...all, stranger, operator]) expect(heard).not.toContain(token);
  for (const { line } of all) expect(heard).not.toContain(/sha256: (\w{64})/.exec(line)![1]);
  expect(heard).toContain("writer");
});
