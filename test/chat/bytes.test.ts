import { afterEach, beforeEach, expect, test } from "vitest";
import { regionOf } from "../../src/engine/core/region.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { createMock } from "../../src/mock/mock.ts";
import { start, type TestServer } from "../support/server.ts";
import { Visitor } from "../support/visitor.ts";

let server: TestServer;
beforeEach(async () => {
  const mock = createMock({ ttftMs: 10, tokensPerSecond: 250, seed: 7 });
  // Of the mock's answers, the one that does not end by itself: two thousand tokens of it.
  const bounded: typeof fetch = async (input, init) => {
    const body = { ...JSON.parse(String(init!.body)), max_completion_tokens: 2_000 };
    return mock(input, { ...init, body: JSON.stringify(body) });
  };
  server = await start({ chat: { fetch: bounded } });
});
afterEach(() => server.close());

test("an answer of 2,000 tokens is at most five times its final HTML on the stream", async () => {
  const visitor = await Visitor.to(server);
  const topic = parseTopic(`chat/${visitor.id}`);
  const stream = (await visitor.stream()).body!.getReader();
  let bytes = 0;
  const counting = (async () => {
    for (let part = await stream.read(); !part.done; part = await stream.read()) bytes += part.value.length;
  })().catch(() => {});
  await visitor.say("/long");
  const before = bytes;
  await expect.poll(async () => (await visitor.turn()).state, { timeout: 25_000 }).not.toBe("answering");
  await expect
    .poll(async () => {
      const seen = bytes;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return bytes === seen;
    })
    .toBe(true);
  const html = Buffer.byteLength(await server.broker.html(regionOf(topic)));
  const times = (bytes - before) / html;
  console.log(
    `a 2,000-token answer: ${bytes - before} bytes sent for ${html} bytes of HTML, ${times.toFixed(2)} times`,
  );
  expect(html).toBeGreaterThan(8_000);
  expect(times).toBeGreaterThan(1);
  expect(times).toBeLessThanOrEqual(5);
  await stream.cancel();
  await counting;
});
