import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../../../src/engine/core/topic.ts";
import { Raw } from "../../../support/raw.ts";
import { renderer } from "../../../support/renderer.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  const views = templates({
    "widgets/quote.eta": "---\nhistory: 2\n---\n<b><%= data %></b>",
    "widgets/notes.eta": '---\nkind: log\nkeep: 3\n---\n<li id="<%= id %>"><%= data %></li>',
  });
  server = await start({ views });
});
afterAll(() => server.close());

const quote = parseTopic("quote");
const notes = parseTopic("notes");
beforeEach(async () => {
  server.broker.refresh(server.views);
  for (const topic of [quote, notes]) await server.broker.clear(topic);
});

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${server.url}/topics/${path}`, { headers });
const read = async (path: string) => (await (await get(path)).json()) as Record<string, unknown>;
const data = async (path: string) => ((await read(path)).values as { data: unknown }[]).map(({ data }) => data);
const etag = async (path: string) => (await get(path)).headers.get("etag")!;
const send = (path: string, body: string, headers: Record<string, string> = {}, method = "POST") =>
  fetch(`${server.url}/publish/${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: method === "POST" ? body : null,
  });
const remove = (path: string, headers: Record<string, string> = {}) => send(path, "", headers, "DELETE");
const problem = async (response: Response) => ((await response.json()) as { code: string }).code;

describe("GET /topics/<topic>", () => {
  test("gives a state's newest value, digit for digit, when it was published, and where a stream goes on", async () => {
    await send("quote", "1");
    await send("quote", '{ "price": 1.10, "serial": 12345678901234567890 }');
    const response = await get("quote");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^application\/json\b/);
    expect(response.headers.get("cache-control")).toBe("no-cache, no-transform");
    const text = await response.text();
    expect(text).toContain('"data":{"price":1.10,"serial":12345678901234567890}');
    expect(JSON.parse(text)).toEqual({
      topic: "quote",
      kind: "state",
      version: response.headers.get("etag")!.slice(1, -1),
      cursor: server.broker.cursor(),
      values: [{ at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), data: expect.any(Object) }],
    });
  });

  test("gives a list's items in their order, with their names, and one of them", async () => {
    await send("notes?item=a", '"first"');
    await send("notes", '"unnamed"');
    await send("notes?item=%C3%BC%22", '"third"');
    await send("notes?item=a", '"changed"');
    expect(await read("notes")).toMatchObject({
      kind: "log",
      values: [{ item: "a", data: "changed" }, { data: "unnamed" }, { item: 'ü"', data: "third" }],
    });
    expect(await read("notes?item=a")).toMatchObject({ values: [{ item: "a", data: "changed" }] });
    const missing = await get("notes?item=b");
    expect([missing.status, await problem(missing), missing.headers.get("etag")]).toEqual([404, "item_unknown", null]);
  });

  test("says from where a stream goes on: nothing of what was read comes again, and nothing after it is missing", async () => {
    await send("notes?item=a", '"read"');
    const { cursor } = await read("notes");
    await send("notes?item=b", '"after"');
    const stream = new Raw(server.port).send(
      `GET /events?regions=notes&as=json&cursor=${cursor} HTTP/1.1`,
      "Host: localhost",
      "",
      "",
    );
    await stream.until('"after"');
    await send("notes?item=c", '"later"');
    const text = await stream.until('"later"');
    expect(text).toMatch(/"item":"b","data":"after"[\s\S]*"item":"c","data":"later"/);
    expect(text).not.toContain('"read"');
    stream.socket.destroy();
  });

  test("says that nothing more comes, or nothing just now, to whoever asks for news only, too", async () => {
    await send("quote", "1");
    const tag = await etag("quote");
    expect((await get("quote", { "if-none-match": tag })).status).toBe(304);
    await server.broker.stale(quote, "The exchange is closed.");
    const stale = await get("quote", { "if-none-match": tag });
    expect([stale.status, stale.headers.get("etag")]).toEqual([200, tag]);
    expect(await stale.json()).toMatchObject({
      values: [{ data: 1 }],
      stale: { since: expect.stringMatching(/Z$/), reason: "The exchange is closed." },
    });
    await server.broker.end(quote);
    const ended = await get("quote", { "if-none-match": tag });
    expect([ended.status, ((await ended.json()) as { ended?: boolean }).ended]).toEqual([200, true]);
  });

  test("is empty where nothing was published, or all of it has gone", async () => {
    const none = await read("quote/never");
    const tag = await etag("quote/never");
    const version = tag.slice(1, -1);
    expect(none).toEqual({ topic: "quote/never", kind: "state", version, cursor: expect.any(String), values: [] });
    await send("quote/never", "1");
    expect(await etag("quote/never")).not.toBe(tag);
    await remove("quote/never");
    expect(await etag("quote/never")).toBe(tag);
  });

  test.each([
    ["prise", 404, "topic_unknown"],
    ["", 400, "topic_invalid"],
    ["price%2FACME", 400, "topic_invalid"],
    ["price/%E0%A4%A", 400, "topic_invalid"],
    ["notes?item=", 400, "item_invalid"],
  ])("of %j is refused with %d %s", async (path, status, code) => {
    const response = await get(path);
    expect([response.status, await problem(response)]).toEqual([status, code]);
  });

  test("is 304 for whoever has it already, by an ETag that no deploy changes, or a proxy has made weak", async () => {
    await send("quote", "1");
    const tag = await etag("quote");
    expect(tag).toMatch(/^"[a-z0-9]+-\d+"$/);
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`]) {
      const response = await get("quote", { "if-none-match": known });
      expect([response.status, await response.text(), response.headers.get("etag")]).toEqual([304, "", tag]);
    }
    expect((await get("quote", { "if-none-match": '"other"' })).status).toBe(200);
    const head = await fetch(`${server.url}/topics/quote`, { method: "HEAD" });
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, tag, ""]);

    const value = parseTopic("value");
    await server.broker.refresh(renderer("v1"));
    await server.broker.publish([{ topic: value, data: 1 }]);
    const before = await etag("value");
    server.broker.refresh(renderer("v2"));
    expect(await etag("value")).toBe(before);
  });

  test("starts no source", async () => {
    const wanted: string[] = [];
    server.broker.onDemand((topic) => wanted.push(topic));
    await send("quote/alone", "1");
    await read("quote/alone");
    expect(wanted).not.toContain("quote/alone");
  });
});

describe("If-Match", () => {
  test("publishes where the topic still stands as it was read; else 412 says what to do, and how it stands", async () => {
    await send("quote", "1");
    const tag = await etag("quote");
    const first = await send("quote", "2", { "if-match": tag });
    expect(first.status).toBe(201);
    const late = await send("quote", "3", { "if-match": tag });
    expect(late.status).toBe(412);
    expect(await late.json()).toEqual({
      status: 412,
      code: "value_changed",
      title: expect.stringContaining("Read it again (GET /topics/<topic>"),
      request_id: late.headers.get("x-request-id"),
    });
    expect(await data("quote")).toEqual([2]);
    // Whoever published goes on from there, without reading.
    expect(first.headers.get("etag")).toBe(await etag("quote"));
    expect(late.headers.get("etag")).toBe(await etag("quote"));
    expect((await send("quote", "4", { "if-match": first.headers.get("etag")! })).status).toBe(201);
  });

  test("lets one of many through", async () => {
    await send("quote", "0");
    const tag = await etag("quote");
    const all = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => send("quote", `${n}`, { "if-match": tag })));
    expect(all.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(412)]);
  });

  test("of one item looks at that item alone", async () => {
    await send("notes?item=a", "1");
    const tag = await etag("notes?item=a");
    await send("notes?item=b", "1");
    expect((await send("notes?item=a", "2", { "if-match": tag })).status).toBe(201);
    expect((await send("notes?item=a", "3", { "if-match": tag })).status).toBe(412);
    expect((await remove("notes?item=a", { "if-match": tag })).status).toBe(412);
    expect((await remove("notes?item=a", { "if-match": await etag("notes?item=a") })).status).toBe(200);
    expect((await send("notes?item=a", "4", { "if-match": "*" })).status).toBe(412);
  });

  test("empties a topic where it still stands so", async () => {
    await send("quote", "1");
    const tag = await etag("quote");
    await send("quote", "2");
    expect((await remove("quote", { "if-match": tag })).status).toBe(412);
    expect((await remove("quote", { "if-match": await etag("quote") })).status).toBe(200);
    expect(await data("quote")).toEqual([]);
  });

  test("holds for all lines of a request: they concern one topic, and all are published or none", async () => {
    const lines = { "content-type": "application/x-ndjson" };
    await send("notes", '"before"');
    const tag = await etag("notes");
    const first = await send("notes", '"one"\n"two"', { ...lines, "if-match": tag });
    expect([first.status, first.headers.get("etag")]).toEqual([201, await etag("notes")]);
    expect((await send("notes", '"three"\n"four"', { ...lines, "if-match": tag })).status).toBe(412);
    expect(await data("notes")).toEqual(["before", "one", "two"]);
  });

  test("may name several ETags, or any value", async () => {
    const none = await etag("quote");
    expect((await send("quote", "0", { "if-match": "*" })).status).toBe(412);
    expect((await send("quote", "1", { "if-match": `"never-1" ,, ${none}` })).status).toBe(201);
    expect((await send("quote", "2", { "if-match": `"never-1", ${none}` })).status).toBe(412);
    expect((await send("quote", "3", { "if-match": " * " })).status).toBe(201);
    expect(await data("quote")).toEqual([3]);
  });

  test.each(["", ",", "7f3a-12", '"7f3a-12', 'w/"7f3a-12"', '"a" "b"', '"a", b', '*, "a"', '"a";'])(
    "is 400 where it is malformed: %j",
    async (header) => {
      const response = await send("quote", "1", { "if-match": header });
      expect([response.status, await problem(response)]).toEqual([400, "if_match_invalid"]);
      expect(await data("quote")).toEqual([]);
    },
  );

  test.each(['"other"', '"7f3a-12"', `"${"a-1,".repeat(500)}"`])(
    "is 412 where no value ever had it: %j",
    async (header) => {
      const response = await send("quote", "1", { "if-match": header });
      expect([response.status, await problem(response)]).toEqual([412, "value_changed"]);
    },
  );

  test("with weak ETags only says where they come from, and that is no match", async () => {
    await send("quote", "1");
    const tag = await etag("quote");
    const weak = await send("quote", "2", { "if-match": `W/${tag}` });
    expect([weak.status, await problem(weak)]).toEqual([412, "etag_weak"]);
    expect(`"${(await read("quote")).version}"`).toBe(tag); // which no proxy changes
    expect((await send("quote", "2", { "if-match": `W/"x-1", ${tag}` })).status).toBe(201);
  });

  test("comes after the answer that a key has had", async () => {
    const tag = await etag("quote");
    const headers = { "if-match": tag, "idempotency-key": "compare" };
    const first = await send("quote", "1", headers);
    await send("quote", "2");
    const again = await send("quote", "1", headers);
    expect([again.status, await again.json(), again.headers.get("etag")]).toEqual([
      201,
      await first.json(),
      first.headers.get("etag"),
    ]);
    const weak = await send("quote", "1", { ...headers, "if-match": `W/${tag}` });
    expect(weak.status).toBe(201);
    expect((await send("quote", "3", { ...headers, "idempotency-key": "another" })).status).toBe(412);
    expect(await data("quote")).toEqual([2]);
  });
});
