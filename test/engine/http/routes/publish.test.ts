import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseRegion } from "../../../../src/engine/core/region.ts";
import { Raw } from "../../../support/raw.ts";
import { renderer } from "../../../support/renderer.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";
import { percent, watchSpells } from "../../../support/spells.ts";

let server: TestServer;
beforeAll(async () => {
  const views = templates({
    "widgets/price.eta": "<b><%= data.price.toFixed(2) %></b>",
    "widgets/long.eta": "<p><%= 'x'.repeat(data) %></p>",
  });
  server = await start({ views });
});
afterAll(() => server.close());

const JSON_TYPE = { "content-type": "application/json" };
const NDJSON = { "content-type": "application/x-ndjson" };
const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = JSON_TYPE) =>
  fetch(server.url + path, { method: "POST", body, headers });
const shown = (name: string) => server.broker.html(parseRegion(name));

describe("POST /publish", () => {
  test("says what it has published, and where readers then are", async () => {
    const response = await post("/publish/price/ACME", '{"price":1}');
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ id: server.broker.cursor(), topic: "price/ACME" });
    expect(await shown("price/ACME")).toContain("<b>1.00</b>");
  });

  test("without a topic is the feed", async () => {
    const response = await post("/publish", '"to the feed"');
    expect(await response.json()).toMatchObject({ topic: "feed" });
    expect(await shown("feed")).toContain("to the feed");
  });

  test("with ?item= replaces that item, and DELETE takes it away", async () => {
    await post("/publish/feed?item=m7", '"first"');
    await post("/publish/feed?item=m7", '"second"');
    expect(await shown("feed")).toContain("second");
    expect(await shown("feed")).not.toContain("first");
    const response = await fetch(`${server.url}/publish/feed?item=m7`, { method: "DELETE" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ id: server.broker.cursor(), topic: "feed" });
    expect(await shown("feed")).not.toContain("second");
  });

  test("DELETE without an item empties the topic", async () => {
    await post("/publish/price", '{"price":2}');
    const response = await fetch(`${server.url}/publish/price`, { method: "DELETE" });
    expect(response.status).toBe(200);
    expect(await shown("price")).not.toContain("2.00");
  });

  test("takes the content type with parameters, and Content-Encoding: identity", async () => {
    const headers = { "content-type": "Application/JSON; charset=utf-8", "content-encoding": "identity" };
    expect((await post("/publish", "1", headers)).status).toBe(201);
  });

  test("takes exactly 256 KiB", async () => {
    expect((await post("/publish/price", `{"price":1}${" ".repeat(256 * 1024 - 11)}`)).status).toBe(201);
  });

  test.each([
    ["an unknown topic", "/publish/prise", "{}", 404, "topic_unknown", "renders “prise”. Did you mean “price”?"],
    ["no topic", "/publish/", "{}", 400, "topic_invalid", ""],
    ["a capital letter", "/publish/Price", "{}", 400, "topic_invalid", "lower-case"],
    ["a NUL", "/publish/price%00", "{}", 400, "topic_invalid", ""],
    ["an encoded slash", "/publish/price%2FACME", "{}", 400, "topic_invalid", "percent-encoding"],
    ["an encoded ..", "/publish/price/%2e%2E%2Fx", "{}", 400, "topic_invalid", ""],
    ["malformed percent-encoding", "/publish/price/%E0%A4%A", "{}", 400, "topic_invalid", "percent-encoding"],
    ["an empty segment", "/publish/price//x", "{}", 400, "topic_invalid", ""],
    ["a comma", "/publish/price,feed", "{}", 400, "topic_invalid", ""],
    ["a reserved topic", "/publish/error", "{}", 400, "topic_invalid", "reserved"],
    ["a topic that is too long", `/publish/price/${"x".repeat(200)}`, "{}", 400, "topic_invalid", "200"],
    ["an empty item", "/publish/feed?item=", "1", 400, "item_invalid", "names no item"],
    ["an item of a state", "/publish/price?item=a", "1", 400, "item_invalid", "“kind: log”"],
    ["an item of NUL", "/publish/feed?item=%00", "1", 400, "item_invalid", ""],
    ["an empty body", "/publish/price", "", 400, "json_invalid", "offset 0"],
    ["bad JSON", "/publish/price", '{"price":}', 400, "json_invalid", "offset 9"],
    ["deep JSON", "/publish/price", "[".repeat(33) + "]".repeat(33), 400, "json_limits", "32 levels"],
    ["a key __proto__", "/publish/price", '{"__proto__":{}}', 400, "json_forbidden_key", "__proto__"],
    ["a value that the template cannot take", "/publish/price", "{}", 422, "render_failed", ""],
    ["a key that comes twice", "/publish/price", '{"price":1,"price":2}', 400, "json_duplicate_key", "at offset 11"],
    ["a number beyond all numbers", "/publish/price", '{"price":1e400}', 400, "json_invalid", "at offset 9"],
    ["a fragment over 64 KiB", "/publish/long", "70000", 422, "fragment_too_large", "64"],
  ])("is refused with %s", async (_, path, body, status, code, hint) => {
    const response = await post(path, body);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    const problem = (await response.json()) as { title: string };
    expect(problem).toEqual({ status, code, request_id: expect.any(String), title: expect.stringContaining(hint) });
    expect(response.status).toBe(status);
    expect(problem.title).not.toMatch(/\/work|node_modules|\.ts\b|\.eta/);
  });

  test("tells the server's log, and nobody else, at which line a template has thrown", async () => {
    const before = server.errors.length;
    const response = await post("/publish/price", '{"price":"secret"}');
    expect(await response.text()).not.toMatch(/price\.eta|secret|toFixed/);
    const error = server.errors[before] as Error;
    expect(server.errors).toHaveLength(before + 1);
    expect(String((error.cause as Error).message)).toContain("price.eta:1");
  });

  test("refuses bytes that are not UTF-8", async () => {
    const response = await post("/publish", new Uint8Array([0x22, 0xff, 0x22]));
    expect(await response.json()).toMatchObject({ status: 400, code: "json_invalid" });
  });

  test.each([
    [{ "content-type": "text/plain" }, "media_type_unsupported"],
    [{ "content-type": "application/x-www-form-urlencoded" }, "media_type_unsupported"],
    [{ "content-type": "" }, "media_type_unsupported"],
    [{ "content-type": "application/json", "content-encoding": "gzip" }, "encoding_unsupported"],
  ])("with %j is 415 %s", async (headers, code) => {
    const response = await post("/publish", "{}", headers as Record<string, string>);
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ code });
  });

  test("over 256 KiB, as declared, is 413 before a byte of it is read, and closes the connection", async () => {
    const raw = new Raw(server.port).send(
      "POST /publish HTTP/1.1",
      "Host: localhost",
      "Content-Type: application/json",
      "Content-Length: 262145",
      "",
      "",
    );
    const text = await raw.end();
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain('"code":"body_too_large"');
  });

  test("over 256 KiB, as streamed, is 413 although it never ends, and the answer gets out", async () => {
    const chunk = `8000\r\n${"1".repeat(0x8000)}\r\n`;
    const raw = new Raw(server.port).send(
      "POST /publish HTTP/1.1",
      "Host: localhost",
      "Content-Type: application/json",
      "Transfer-Encoding: chunked",
      "",
      chunk.repeat(20),
    );
    const text = await raw.end();
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain("Connection: close");
    expect(text).toContain('"code":"body_too_large"');
  });

  test("invites a body that waits to be asked for, unless it would be refused", async () => {
    const ask = (length: number) =>
      new Raw(server.port).send(
        "POST /publish HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        `Content-Length: ${length}`,
        "Expect: 100-continue",
        "",
        "",
      );
    const welcome = ask(1);
    await welcome.until("HTTP/1.1 100 Continue\r\n\r\n");
    expect(await welcome.send("1").until("}")).toContain("HTTP/1.1 201 Created");
    welcome.socket.destroy();
    expect(await ask(999_999).end()).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe("NDJSON", () => {
  test("publishes many in order, in one request", async () => {
    await fetch(`${server.url}/publish/feed`, { method: "DELETE" });
    const response = await post("/publish", '"one"\n\n"two"\r\n"three"', NDJSON);
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ id: server.broker.cursor(), count: 3 });
    expect(await shown("feed")).toMatch(/one[\s\S]*two[\s\S]*three/);
  });

  test.each([
    ["a bad line", "1\n\n{", 400, "json_invalid", "Line 3: "],
    ["a forbidden key", '1\n{"__proto__":1}\n2', 400, "json_forbidden_key", "Line 2: "],
    ["nothing", "", 400, "json_invalid", "empty"],
    ["nothing but space", "\n \n", 400, "json_invalid", "empty"],
    ["too many lines", "1\n".repeat(10_001), 400, "json_limits", "10000 lines"],
  ])("with %s publishes nothing", async (_, body, status, code, hint) => {
    const before = server.broker.cursor();
    const response = await post("/publish", body, NDJSON);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      status,
      code,
      request_id: expect.any(String),
      title: expect.stringContaining(hint),
    });
    expect(server.broker.cursor()).toBe(before);
  });

  test("with a line that its template refuses is 422, names the line, and publishes nothing", async () => {
    const before = server.broker.cursor();
    const response = await post("/publish/price", '{"price":1}\n\n{"price":2}\n{}\n{"price":3}', NDJSON);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "render_failed", title: expect.stringMatching(/^Line 4: /) });
    expect(server.broker.cursor()).toBe(before);
  });

  test("with one bad line names it, too", async () => {
    const response = await post("/publish/price", "\n{}\n", NDJSON);
    expect(await response.json()).toMatchObject({ code: "render_failed", title: expect.stringMatching(/^Line 2: /) });
  });
});

describe("where a token is set", () => {
  let guarded: TestServer;
  beforeAll(async () => {
    guarded = await start({ config: { publishToken: "s3cret" } });
  });
  afterAll(() => guarded.close());

  const ask = (authorization: string | undefined, method = "POST") =>
    fetch(`${guarded.url}/publish`, {
      method,
      body: method === "POST" ? "1" : null,
      headers: { ...JSON_TYPE, ...(authorization !== undefined && { authorization }) },
    });

  test.each(["POST", "DELETE"])("%s with it passes", async (method) => {
    expect((await ask("Bearer s3cret", method)).ok).toBe(true);
    expect((await ask("bearer s3cret", method)).ok).toBe(true);
  });

  test.each([undefined, "", "Basic czNjcmV0", "s3cret", "Bearer", "Bearer "])(
    "%j is 401 token_missing",
    async (value) => {
      const response = await ask(value);
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe('Bearer realm="brooklet"');
      expect(await response.json()).toMatchObject({ code: "token_missing" });
    },
  );

  test.each(["Bearer s3cre", "Bearer s3cretx", "Bearer S3CRET"])("%j is 401 token_invalid", async (value) => {
    const response = await ask(value, "DELETE");
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
    expect(await response.json()).toMatchObject({ code: "token_invalid" });
  });
});

describe("with an Idempotency-Key", () => {
  const send = (key: string, body: string, path = "/publish/feed") =>
    fetch(`${server.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body,
    });

  test("any number of retries publish once, and get one answer", async () => {
    const answers = await Promise.all([1, 2, 3].map(() => send("k1", '"once"').then((response) => response.json())));
    const later = await (await send("k1", '"once"')).json();
    for (const answer of answers) expect(answer).toEqual(later);
    expect((await server.broker.html(parseRegion("feed"))).match(/once/g)?.length).toBe(1);
  });

  test.each([
    ["another body", '"other"', "/publish/feed"],
    ["another topic", '"first"', "/publish/feed/x"],
    ["another item", '"first"', "/publish/feed?item=a"],
  ])("the same key with %s is refused", async (_, body, path) => {
    expect((await send("k2", '"first"')).status).toBe(201);
    const answer = await send("k2", body, path);
    expect(await answer.json()).toMatchObject({ status: 422, code: "idempotency_mismatch" });
  });

  test("a retry gets its first answer, though a deploy since then refuses what it sends", async () => {
    const remove = (key: string) =>
      fetch(`${server.url}/publish/feed?item=gone`, { method: "DELETE", headers: { "idempotency-key": key } });
    const seqOf = async (response: Response) => ((await response.json()) as { id: string }).id.split("-").at(-1);
    const first = await seqOf(await send("k3", '{"price":3}', "/publish/price"));
    const removed = await seqOf(await remove("k4"));
    server.broker.refresh(renderer()); // it has neither widget
    expect(await seqOf(await send("k3", '{"price":3}', "/publish/price"))).toBe(first);
    expect(await seqOf(await remove("k4"))).toBe(removed);

    const other = await send("k3", '{"price":4}', "/publish/price");
    expect(await other.json()).toMatchObject({ code: "idempotency_mismatch" });
    for (const response of [await send("k5", '{"price":3}', "/publish/price"), await remove("k6")]) {
      expect(await response.json()).toMatchObject({ code: "topic_unknown" });
    }
    server.broker.refresh(server.views);
    expect((await send("k5", '{"price":3}', "/publish/price")).status).toBe(201);
  });
});

test("ten thousand lines at once hold nobody up", async () => {
  const body = Array.from({ length: 10_000 }, (_, i) => JSON.stringify(`line ${i}`)).join("\n");
  await shown("feed"); // somebody looks
  const spells = watchSpells();
  expect((await post("/publish/feed", body, NDJSON)).status).toBe(201);
  const { longest } = spells.stop();
  console.log(
    `10,000 lines in one request: at most ${percent(longest)} of the work between two looks at everybody else`,
  );
  expect(longest).toBeLessThan(1 / 3);
  const html = await shown("feed");
  expect(html.match(/line \d+/g)).toEqual(Array.from({ length: 50 }, (_, i) => `line ${9_950 + i}`));
});
