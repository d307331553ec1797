import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Program } from "../support/program.ts";
import { Raw } from "../support/raw.ts";
import { TestRedis } from "../support/redis.ts";

/** Says which process it is that publishes. */
const WHO = `import { every } from "brooklet";
export default every(100, () => process.env.NODE_NAME ?? "");
`;
const ONLINE = `import { readers } from "brooklet";
export default readers("notes");
`;
const FILES = {
  "widgets/online.eta": "<b><%= data %></b>",
  "../src/sources/online.ts": ONLINE,
  "widgets/who.eta": "<b><%= data %></b>",
  "widgets/notes.eta": '---\nkind: log\n---\n<li id="<%= id %>"><%= data %></li>',
  "widgets/brisk.eta": "---\nstale_after: 1s\n---\n<b><%= data %></b>",
  "pages/brisk.eta": '<h1>Brisk</h1><%~ live("brisk") %>',
  "../src/sources/who.ts": WHO,
};

let redis: TestRedis;
let a: Program;
let b: Program;
beforeAll(async () => {
  redis = await TestRedis.start(["--appendonly", "yes", "--appendfsync", "always"]);
  [a, b] = ["A", "B"].map((name) => new Program(FILES, { env: { LOG_URL: redis.url, NODE_NAME: name } })) as [
    Program,
    Program,
  ];
  await Promise.all([a.start(), b.start()]);
}, 60_000);
afterAll(async () => {
  await Promise.all([a.dispose(), b.dispose()]);
  await redis.stop();
});

const open: Raw[] = [];
afterEach(() => {
  for (const raw of open.splice(0)) raw.socket.destroy();
});

function stream(node: Program, query: string, lastEventId?: string): Raw {
  const from = lastEventId === undefined ? [] : [`Last-Event-ID: ${lastEventId}`];
  const raw = new Raw(node.port).send(`GET /events?${query} HTTP/1.1`, "Host: localhost", ...from, "", "");
  open.push(raw);
  return raw;
}

/** As a page does when it is asked whether it is still there. */
function answer(page: Raw): void {
  const [, id] = /name="_here" value="([^"]+)"/.exec(page.text)!;
  page.socket.on("data", (chunk) => {
    // Through the node that lives on, wherever the page is.
    if (String(chunk).includes("event: here")) void fetch(`${b.origin}/here?_here=${id}`);
  });
}

async function publish(node: Program, data: string, key?: string, topic = "notes") {
  const headers = { "content-type": "application/json", ...(key !== undefined && { "idempotency-key": key }) };
  const response = await fetch(`${node.origin}/publish/${topic}`, {
    method: "POST",
    headers,
    body: JSON.stringify(data),
  });
  return { status: response.status, ...((await response.json()) as { id?: string; code?: string }) };
}

describe("two nodes on one Redis", () => {
  test("show on each what was published on either, and a page goes from one to the other without a gap", async () => {
    const onB = stream(b, "regions=notes");
    await onB.until("waiting");
    const first = await publish(a, "first");
    expect(first.status).toBe(201);
    await onB.until(">first</li>");
    await publish(b, "second");
    await publish(a, "third");
    // A page that was on A until the first of them.
    const moved = stream(b, "regions=notes", first.id);
    const text = await moved.until(">third</li>");
    expect(text).toMatch(/hx-swap=beforeend><li[^>]*>second<\/li><li[^>]*>third<\/li>/);
    expect(text).not.toContain("first");
    expect(text).not.toContain("id=notes hx-swap=innerHTML");
  });

  test("say once that nothing new has come, on the pages of each and on fresh ones, until something does", async () => {
    await publish(a, "old", undefined, "brisk");
    const pages = [a, b].map((node) => stream(node, "regions=brisk"));
    const programs = [a, b].map((node) => stream(node, "regions=brisk&as=json"));
    for (const raw of programs) await raw.until("event: brisk:stale\n");
    for (const raw of pages) await raw.until("No new value since");
    for (const node of [a, b])
      expect(await (await fetch(`${node.origin}/brisk`)).text()).toContain("No new value since");
    await publish(b, "new", undefined, "brisk");
    for (const raw of programs) {
      const text = await raw.until('"new"'); // a second later it is stale once more
      expect(text.slice(0, text.indexOf('"new"')).match(/brisk:stale/g)).toHaveLength(1);
    }
    for (const raw of pages) expect(await raw.until("<b>new</b>\n")).toContain("<b>old</b><p");
    const entries = (await redis.cli("xrange", "{brooklet}:entries", "-", "+")).split("\n");
    expect(entries).toContain('"new"');
    const before = entries.slice(0, entries.indexOf('"new"'));
    expect(before.filter((field) => field === "stale")).toHaveLength(1);
  });

  test("give a publisher that tries again on the other one the same id", async () => {
    const key = crypto.randomUUID();
    const once = await publish(a, "once", key);
    expect(await publish(b, "once", key)).toEqual(once);
    expect(await publish(b, "twice", key)).toMatchObject({ status: 422, code: "idempotency_mismatch" });
  });

  test("are left by one that says so first, and takes what still comes: a balancer has time to look elsewhere", async () => {
    const leaving = new Program(FILES, { env: { LOG_URL: redis.url, DRAIN_SECONDS: "15" } });
    await leaving.start();
    const health = () => fetch(`${leaving.origin}/healthz`);
    expect((await health()).status).toBe(200);
    const gone = leaving.stop("SIGTERM");
    await expect.poll(async () => (await health()).status).toBe(503);
    expect((await health()).headers.get("connection")).toBe("close");
    expect((await publish(leaving, "while it leaves")).status).toBe(201);
    expect(await gone).toBe(0);
    await leaving.dispose();
  });

  test("run a source on one of them; when that one stops dead the other takes over, and it is not heard again", async () => {
    const onA = stream(a, "regions=who&as=json");
    await onA.until('data: "A"');
    const onB = stream(b, "regions=who&as=json");
    await onB.until('data: "A"');
    a.pause();
    const text = await onB.until('data: "B"');
    expect(text.match(/data: "B"/g)).toHaveLength(1);
    a.resume();
    for (let i = 0; i < 20; i++) {
      onB.text = "";
      expect(await onB.until("data: ")).not.toContain('"A"');
    }
    await onA.until('data: "B"');
  });

  test("say while Redis stands still that pages may be old, refuse what is published, and go on when it is back", async () => {
    const page = stream(b, "regions=notes");
    await page.until("id: ");
    redis.pause();
    expect((await publish(a, "unknown")).code).toMatch(/^(outcome_unknown|broker_unavailable)$/);
    expect(await publish(a, "refused")).toMatchObject({ status: 503, code: "broker_unavailable" });
    await page.until("may be old");
    const late = stream(b, "regions=notes");
    expect(await late.until("id: ")).toContain("may be old");
    redis.resume();
    await expect.poll(async () => (await publish(a, "back")).status, { timeout: 10_000 }).toBe(201);
    await page.until(">back</li>");
    await late.until(">back</li>");
    await page.until("id=_notice hx-swap=innerHTML></hx-partial>");
    expect(page.text).not.toContain("refused");
  });

  test("begin every page anew when Redis was emptied", async () => {
    await publish(a, "old");
    const page = stream(b, "regions=notes");
    const { id } = await publish(a, "older");
    await page.until(">older</li>");
    page.text = "";
    await redis.cli("flushall");
    await page.until('id=notes hx-swap=innerHTML><li class="waiting">');
    await publish(a, "new");
    expect(await page.until(">new</li>")).not.toContain("old");
    // A page that was away meanwhile, with a cursor of the log that is no more.
    const back = await stream(a, "regions=notes", id).until(">new</li>");
    expect(back).toContain("id=notes hx-swap=innerHTML");
  });

  test("count the pages of both; those of a node that was killed are gone within 30 s", async () => {
    const online = stream(b, "regions=online&as=json");
    await online.until("\ndata: 0\n");
    const pages = [stream(a, "regions=notes"), stream(a, "regions=notes"), stream(b, "regions=notes")];
    await Promise.all(pages.map((page) => page.until("id: ")));
    for (const page of pages) answer(page);
    await online.until("\ndata: 3\n");
    const killed = performance.now();
    await a.stop("SIGKILL");
    await online.until("\ndata: 1\n");
    const seconds = (performance.now() - killed) / 1000;
    console.log(`two pages of a node that was killed: gone after ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(3 * 30);
  });
});
