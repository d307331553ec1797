import type { Context } from "koa";
import { afterEach, expect, test } from "vitest";
import { PublishRate } from "../../../../src/engine/http/request/publish-rate.ts";
import { start, type TestServer } from "../../../support/server.ts";
import { given, tokensFile } from "../../../support/tokens.ts";

// One value owes more seconds than any test takes.
const slow = given("slow", "rights: [publish, remove], topics: '*', rate: 0.001");
const hasty = given("hasty", "rights: [publish, remove], topics: '*', rate: 1");
const usual = given("usual", "rights: [publish, remove], topics: '*'");

let server: TestServer | undefined;
afterEach(() => server?.close());

const send = (bearer: Record<string, string>, body = "1", type = "application/json") =>
  fetch(`${server!.url}/publish/feed`, { method: "POST", body, headers: { "content-type": type, ...bearer } });
const lines = (count: number) => "1\n".repeat(count);

const guarded = async () => {
  server = await start({ config: { tokensFile: tokensFile([slow, hasty, usual]), publishToken: "all-4711" } });
};

test("a token that publishes more than its rate is told when to come again, and all others go on", async () => {
  await guarded();
  expect((await send(slow.bearer)).status).toBe(201);
  const before = server!.broker.cursor();
  for (const method of ["POST", "DELETE"]) {
    const refused = await fetch(`${server!.url}/publish/feed`, {
      method,
      body: method === "POST" ? "1" : null,
      headers: { "content-type": "application/json", ...slow.bearer },
    });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(900);
    expect(await refused.json()).toEqual({
      status: 429,
      code: "publishes_too_many",
      title:
        "The token “slow” publishes more than 0.001 values a second. Send fewer, and this again after Retry-After.",
      request_id: refused.headers.get("x-request-id"),
    });
  }
  expect(server!.broker.cursor()).toBe(before);
  for (const bearer of [usual.bearer, { authorization: "Bearer all-4711" }]) {
    expect((await send(bearer)).status).toBe(201);
  }
});

test("each line counts: many at once are taken, and paid off before the next", async () => {
  await guarded();
  expect((await send(hasty.bearer, lines(5_000), "application/x-ndjson")).status).toBe(201);
  const refused = await send(hasty.bearer);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(4_000);
});

test("who keeps to the rate is never refused", async () => {
  await guarded();
  const statuses = await Promise.all(Array.from({ length: 90 }, () => send(usual.bearer).then(({ status }) => status)));
  expect(new Set(statuses)).toEqual(new Set([201]));
});

test("without tokens an address is counted, as its proxy tells it; of IPv6 a network", async () => {
  server = await start({ publishesASecond: 0.001 });
  const status = async (address: string) => (await send({ "x-forwarded-for": address })).status;
  for (const [one, same, another] of [
    ["203.0.113.1", "203.0.113.1", "203.0.113.2"],
    ["2001:db8:1:2::3", "2001:db8:1:2:9::4", "2001:db8:1:3::3"],
  ] as const) {
    expect([await status(one), await status(same), await status(another)]).toEqual([201, 429, 201]);
  }
});

test("publishers that owe nothing are forgotten", () => {
  const rate = new PublishRate();
  const sizes = Array.from({ length: 5_000 }, (_, i) => {
    rate.admit({ ip: `10.0.${i >> 8}.${i & 255}` } as Context, undefined);
    return rate.size;
  });
  expect(Math.max(...sizes)).toBeLessThan(3_000);
});
