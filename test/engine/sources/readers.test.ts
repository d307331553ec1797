import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CurrentValue, UNCHANGED } from "../../../src/engine/sources/every.ts";
import { type PageCounter, readers } from "../../../src/engine/sources/readers.ts";
import { Raw } from "../../support/raw.ts";
import { start, type TestServer, templates } from "../../support/server.ts";

const views = templates({
  "widgets/online.eta": "<b><%= data %></b>",
  "widgets/room.eta": "<b><%= data %></b>",
});

let server: TestServer;
const open: Raw[] = [];
beforeEach(async () => {
  // Nobody here answers, so that nobody is asked but where a test is about that.
  server = await start({
    views,
    askMs: 1e6,
    sources: { online: readers("updates"), "room/online": ({ params }) => readers(`room/${params[1]}`) },
  });
});
afterEach(async () => {
  for (const raw of open.splice(0)) raw.socket.destroy();
  await server.close();
});

function stream(query: string): Raw {
  const raw = new Raw(server.port).send(`GET /events?${query} HTTP/1.1`, "Host: localhost", "", "");
  open.push(raw);
  return raw;
}

/** The numbers that a topic has had, oldest first, once it has the last of these. */
async function counted(reader: Raw, last: number): Promise<number[]> {
  await reader.until(`\ndata: ${last}\n`);
  return [...reader.text.matchAll(/\ndata: (\d+)\n/g)].map(([, n]) => Number(n));
}

test("a number that stays the same for long is confirmed, so that it is not taken to be stale: once it is known", async () => {
  vi.useFakeTimers();
  let tell: (pages: number) => void = () => {};
  const presence: PageCounter = {
    count(_topic, listener) {
      tell = listener;
      return () => {};
    },
  };
  const values = readers("updates").countedBy(presence, 3)[Symbol.asyncIterator]();
  const found: unknown[] = [];
  const first = values.next().then(({ value }) => found.push(value));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(found).toEqual([]);
  tell(3);
  await first;
  expect(found).toEqual([new CurrentValue(3)]);
  for (let i = 0; i < 3; i++) {
    const next = values.next();
    await vi.advanceTimersByTimeAsync(3_000);
    expect((await next).value).toBe(UNCHANGED);
  }
  await values.return!();
  vi.useRealTimers();
});

describe("readers(topic)", () => {
  test("counts the pages that show it, each once, and neither programs nor who reads the number", async () => {
    const online = stream("regions=online&as=json");
    await counted(online, 0);
    const two = stream("regions=updates,updates?friends=true,feed");
    await two.until("id: ");
    await stream("regions=updates&as=json").until("id: ");
    await stream("regions=online,feed").until("id: ");
    await counted(online, 1);
    await stream("regions=updates?format=brief").until("id: ");
    await counted(online, 2);
    online.text = "";
    two.socket.destroy();
    expect(await counted(online, 1)).toEqual([1]);
  });

  test("is a source for a family, too: it counts what the function says", async () => {
    await stream("regions=room/red").until("id: ");
    await stream("regions=room/blue,room/red").until("id: ");
    await counted(stream("regions=room/online/red&as=json"), 2);
    await counted(stream("regions=room/online/blue&as=json"), 1);
  });

  test("writes to the log when the number has changed, and not for each page that comes", async () => {
    const online = stream("regions=online&as=json");
    await counted(online, 0);
    const before = server.broker.cursor();
    const pages = Array.from({ length: 40 }, () => stream("regions=updates"));
    await Promise.all(pages.map((page) => page.until("id: ")));
    const numbers = await counted(online, 40);
    expect(numbers.length).toBeLessThan(20);
    const seqOf = (cursor: string) => Number(/-(\d+)$/.exec(cursor)![1]);
    expect(seqOf(server.broker.cursor()) - seqOf(before)).toBeLessThan(20);
  });

  test("takes any id, made up or another's, as if it were right, and says nothing of it", async () => {
    for (const id of ["", "x", "../..", "a".repeat(5_000), `${"a".repeat(8)}.${"b".repeat(22)}`]) {
      const { status, headers } = await fetch(`${server.url}/here?_here=${encodeURIComponent(id)}`);
      expect([status, headers.get("cache-control")]).toEqual([204, "no-store"]);
    }
    const foreign = { headers: { "sec-fetch-site": "cross-site" } };
    expect((await fetch(`${server.url}/here?_here=x`, foreign)).status).toBe(403);
  });

  test("names what to mend: a topic that no widget shows, and a loop over it", async () => {
    expect(() => readers("Price!")).toThrow("A topic is lower-case letters");
    const loop = async () => {
      for await (const n of readers("price") as AsyncIterable<unknown>) return n;
    };
    await expect(loop()).rejects.toThrow('readers("price") is a whole source: export it, or return it');
    await server.close();
    server = await start({ views, sources: { online: () => readers("pirce") } });
    await stream("regions=online&as=json").until("id: ");
    await expect.poll(() => String(server.errors.flat())).toContain("Did you mean");
  });
});
