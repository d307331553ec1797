import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseTopic, secretSegment } from "../../../../src/engine/core/topic.ts";
import { DemandStream } from "../../../../src/engine/http/routes/demand-stream.ts";
import { every } from "../../../../src/engine/sources/every.ts";
import { Raw } from "../../../support/raw.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";

let server: TestServer;
const open: Raw[] = [];
beforeEach(async () => {
  server = await start({
    config: { publishToken: "s3cret" },
    sources: { clock: every(1_000, () => ({ time: "12:00" })) },
  });
});
afterEach(async () => {
  for (const raw of open.splice(0)) raw.socket.destroy();
  await server.close();
});

const authorization = { authorization: "Bearer s3cret" };

function stream(query: string, ...headers: string[]): Raw {
  const raw = new Raw(server.port).send(`GET /events?${query} HTTP/1.1`, "Host: localhost", ...headers, "", "");
  open.push(raw);
  return raw;
}
const demand = () => stream("regions=_demand&as=json", "Authorization: Bearer s3cret");

async function read(query: string): Promise<Raw> {
  const raw = stream(query);
  await raw.until("id: ");
  return raw;
}

const get = (path: string, headers: Record<string, string> = authorization) =>
  fetch(`${server.url}${path}`, { headers });

describe("GET /topics", () => {
  test("says who is looked at, by how many pages and programs, and whether a source runs", async () => {
    expect(await (await get("/topics")).json()).toEqual({ topics: [] });
    await read("regions=feed,clock");
    await read("regions=feed,updates?friends=true,updates");
    await read("regions=feed&as=json");
    const answer = await get("/topics");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toEqual({
      topics: [
        { topic: "clock", pages: 1, programs: 0, source: true },
        { topic: "feed", pages: 2, programs: 1, source: false },
        { topic: "updates", pages: 1, programs: 0, source: false },
      ],
    });
  });

  test("names no visitor's own topic and none that is for pages only, and neither does the demand", async () => {
    await server.close();
    const views = templates({ "widgets/ward.eta": "---\naccess: page\n---\n<b><%= data %></b>" });
    server = await start({ views, config: { publishToken: "s3cret" } });
    server.broker.readers.add("html", [parseTopic(`own/${secretSegment()}`), parseTopic("ward"), parseTopic("ward/7")]);
    await read("regions=feed");
    expect(await (await get("/topics")).json()).toEqual({
      topics: [{ topic: "feed", pages: 1, programs: 0, source: false }],
    });
    expect(await demand().until("_demand:reset\ndata: {")).not.toMatch(/own|ward/);
  });

  test.each(["/topics", "/events?regions=_demand&as=json"])("is for whose token may read: %s", async (path) => {
    const wrong: Record<string, string>[] = [{}, { authorization: "Bearer wrong" }];
    const codes = wrong.map(async (headers) => {
      const answer = await get(path, headers);
      return [answer.status, ((await answer.json()) as { code: string }).code];
    });
    expect(await Promise.all(codes)).toEqual([
      [401, "token_missing"],
      [401, "token_invalid"],
    ]);
  });
});

describe("the demand", () => {
  test("tells when a topic gets its first reader, and when it has lost its last, and not of those between", async () => {
    await read("regions=feed");
    const program = demand();
    await program.until('event: _demand:reset\ndata: {"values":[{"item":"feed","data":true}]}');
    program.text = "";
    const [page, other] = [await read("regions=price"), await read("regions=price,clock")];
    await read("regions=price&as=json");
    await program.until('{"item":"clock","data":true}');
    expect(program.text.match(/"price"/g)).toHaveLength(1);
    program.text = "";
    for (const raw of [page, other]) raw.socket.destroy();
    await program.until('event: _demand:remove\ndata: {"item":"clock"}');
    expect(program.text).not.toContain("price");
  });

  test("shows what the token may read by now, and ends when that is nothing any more", async () => {
    await read("regions=feed,price");
    const may = vi.spyOn(server.tokens, "stillMay");
    may.mockImplementation((_token, right, topic) => right === "read" && topic !== "price");
    const program = demand();
    await program.until('{"values":[{"item":"feed","data":true}]}');
    expect(await (await get("/topics")).text()).not.toContain("price");
    may.mockReturnValue(false);
    await program.end();
  });

  test.each([
    ["regions=_demand", "as_invalid"],
    ["regions=_demand,feed&as=json", "region_invalid"],
  ])("says how it is read: %s", async (query, code) => {
    const answer = await get(`/events?${query}`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, code]);
  });

  test("ends with its server", async () => {
    const program = demand();
    await program.until("_demand:reset");
    await server.stop();
    await program.end();
  });

  test("keeps nothing for a program that does not read, and tells it then what is different", async () => {
    let text = "";
    let room = false;
    const sink = {
      write: (bytes: Buffer) => {
        text += bytes;
        return room;
      },
      end: () => {},
    };
    const made = new DemandStream("_demand", sink, () => true);
    made.onDrain();
    made.update(["a", "b"] as never[]);
    for (let i = 0; i < 1_000; i++) made.update(["a", `c${i}`] as never[]);
    text = "";
    room = true;
    made.onDrain();
    expect(text.match(/data: .*/g)).toEqual(['data: {"item":"c999","data":true}', 'data: {"item":"b"}']);
    made.close();
  });
});
