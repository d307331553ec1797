import { afterEach, beforeEach, expect, test } from "vitest";
import { every } from "../../../../src/engine/sources/every.ts";
import { eventually } from "../../../support/browser.ts";
import { Raw } from "../../../support/raw.ts";
import { start, type TestServer } from "../../../support/server.ts";

let server: TestServer;
beforeEach(async () => {
  const sources = { own: () => every(20, () => ({ n: 1 })) };
  server = await start({ sources, topicsPerAddress: 2 });
});
afterEach(() => server.close());

/** Opens a stream of a topic, on behalf of an address behind a proxy of ours. */
const open = (topic: string, address = "198.51.100.1") =>
  new Raw(server.port).send(
    `GET /events?regions=${topic} HTTP/1.1`,
    "Host: localhost",
    `X-Forwarded-For: ${address}`,
    "",
    "",
  );
/** Never with an error: a page's extension would lose its place. It is told to come back later. */
const isRefused = async (raw: Raw) => /retry: 15000\n/.test(await raw.until("\n\n"));

test("an address can start only so many of a family's topics; one more stream is told to come back later", async () => {
  for (const topic of ["own/1", "own/2"]) expect(await isRefused(open(topic))).toBe(false);
  const third = await open("own/3").end();
  expect(third).toMatch(/^HTTP\/1\.1 200/);
  expect(third).toMatch(/retry: 15000\n\n$/);
  expect(await isRefused(open("own/1"))).toBe(false);
  expect(await isRefused(open("counter"))).toBe(false);
  expect(await isRefused(open("own/3", "198.51.100.2"))).toBe(false);
});

test("a page with a topic of one's own counts as well", async () => {
  const visit = () => fetch(`${server.url}/own`, { headers: { "x-forwarded-for": "198.51.100.1" } });
  expect((await visit()).status).toBe(200);
  expect((await visit()).status).toBe(200);
  const third = await visit();
  expect(third.status).toBe(429);
  expect(third.headers.get("retry-after")).toBe("15");
});

test("joining counts as well", async () => {
  for (const topic of ["own/1", "own/2"]) expect(await isRefused(open(topic))).toBe(false);
  const response = await fetch(`${server.url}/join?region=own/3`, {
    headers: { "x-forwarded-for": "198.51.100.1", "hx-request": "true" },
  });
  expect(response.status).toBe(429);
});

test("once they are closed and their sources have stopped, others may be started", async () => {
  const streams = ["own/1", "own/2"].map((topic) => open(topic));
  for (const stream of streams) expect(await isRefused(stream)).toBe(false);
  for (const stream of streams) stream.socket.destroy();
  await eventually(
    () => isRefused(open("own/3")),
    (refused) => !refused,
    20_000,
  );
});
