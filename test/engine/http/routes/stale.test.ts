import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { wait } from "../../../../src/engine/core/wait.ts";
import { ClockedLog } from "../../../support/log.ts";
import { Program } from "../../../support/program.ts";
import { Raw } from "../../../support/raw.ts";
import { start, type TestServer, templates } from "../../../support/server.ts";

const WIDGETS = {
  "widgets/quote.eta": "---\nstale_after: 5m\n---\n<b><%= data %></b>",
  "widgets/notes.eta": '---\nkind: log\nstale_after: 5m\n---\n<li id="<%= id %>"><%= data %></li>',
  "pages/board.eta": '<h1>Board</h1><%~ live("quote") %><%~ live("notes") %>',
};
const NOTICE = /No new value since \d+ \w+, <time datetime="[\dT:.-]+Z">[\d:]+ UTC<\/time>\./g;

const publish = (url: string, topic: string, data: unknown) =>
  fetch(`${url}/publish/${topic}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(data),
  });
const notices = async (url: string) => (await (await fetch(`${url}/board`)).text()).match(NOTICE)?.length ?? 0;

describe("a topic to which nothing new comes", () => {
  let server: TestServer;
  let log: ClockedLog;
  beforeAll(async () => {
    log = new ClockedLog();
    server = await start({ log, views: templates(WIDGETS) });
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    for (const topic of ["quote", "notes"]) await publish(server.url, topic, 1);
  });

  test("says so on every fresh page, a state and a list; the same value by curl makes it fresh again", async () => {
    expect(await notices(server.url)).toBe(0);
    log.pass(300_000);
    expect([await notices(server.url), await notices(server.url)]).toEqual([2, 2]);
    await publish(server.url, "quote", 1);
    expect(await notices(server.url)).toBe(1);
    await publish(server.url, "notes", 1);
    expect(await notices(server.url)).toBe(0);
  });

  test("tells programs so, on streams that are open and to whoever asks", async () => {
    const raw = new Raw(server.port).send("GET /events?regions=quote&as=json HTTP/1.0", "Host: localhost", "", "");
    await raw.until("data: 1\n");
    log.pass(300_000);
    const text = await raw.until("event: quote:stale\n");
    expect(text).not.toContain("notes");
    await raw.until('"reason":"Nothing new has come since then."}\n');
    await publish(server.url, "quote", 2);
    await raw.until("data: 2\n");
    raw.socket.destroy();
    const answer = await fetch(`${server.url}/topics/notes`);
    const tag = answer.headers.get("etag")!;
    expect(await answer.json()).toMatchObject({ stale: { since: expect.stringMatching(/Z$/) } });
    // That it is stale is not to be missed by whoever asks for news only, though the value is what it was.
    expect((await fetch(`${server.url}/topics/notes`, { headers: { "if-none-match": tag } })).status).toBe(200);
    await publish(server.url, "notes", 2);
    expect(await (await fetch(`${server.url}/topics/notes`)).json()).not.toHaveProperty("stale");
  });

  test("tells a program that its value was confirmed", async () => {
    const raw = new Raw(server.port).send("GET /events?regions=quote&as=json HTTP/1.0", "Host: localhost", "", "");
    log.pass(300_000);
    await raw.until("event: quote:stale\n");
    await server.broker.confirm("quote" as never);
    await raw.until("event: quote:fresh\n");
    raw.socket.destroy();
  });
});

describe("a server that was killed, and was down for longer than that", () => {
  let program: Program;
  beforeAll(() => {
    program = new Program({ ...WIDGETS, "widgets/quote.eta": "---\nstale_after: 1s\n---\n<b><%= data %></b>" });
  });
  afterAll(() => program.dispose());

  test("says so with the first byte of the first page, and goes on doing so after another restart", async () => {
    await program.start();
    await publish(program.origin, "quote", 101);
    await program.stop("SIGKILL");
    await wait(1_000);
    await program.start();
    expect(await notices(program.origin)).toBe(1);
    await program.stop("SIGKILL");
    await program.start();
    expect(await notices(program.origin)).toBe(1);
    expect(program.complaints).toBe("");
  });
});
