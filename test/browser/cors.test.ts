/// <reference lib="dom" />
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { useChromium } from "../support/browser.ts";
import { start, type TestServer } from "../support/server.ts";

let elsewhere: Server;
/** Another site than the server's, whose address is 127.0.0.1. */
let origin: string;
let server: TestServer;

beforeEach(async () => {
  elsewhere = createServer((_, res) => {
    res
      .setHeader("Content-Type", "text/html")
      .end('<!doctype html><link rel="icon" href="data:,"><title>Other</title>');
  }).listen(0, "localhost");
  await once(elsewhere, "listening");
  origin = `http://localhost:${(elsewhere.address() as AddressInfo).port}`;
});
afterEach(async () => {
  elsewhere.close();
  elsewhere.closeAllConnections();
  await server.close();
});
const chromium = useChromium();

async function openElsewhere(corsOrigins: string[]): Promise<Page> {
  server = await start({ config: { corsOrigins, publishToken: "s3cret" } });
  return chromium.open(origin);
}

const publish = (data: string) => server.broker.publish([{ topic: parseTopic("feed"), data }]);

/** Runs in the page: a plain EventSource. @returns its first event, or that it was refused */
function follow(url: string): Promise<string> {
  const source = new EventSource(url, { withCredentials: true });
  return new Promise((resolve) => {
    const end = (text: string) => {
      source.close();
      resolve(text);
    };
    source.addEventListener("feed", ({ data, lastEventId }) => end(`${data} at ${lastEventId}`));
    source.addEventListener("error", () => source.readyState === EventSource.CLOSED && end("refused"));
  });
}

/** Runs in the page: a fetch reader. @returns the stream up to what is published, or that it was refused */
async function read(url: string): Promise<string> {
  const headers = { Accept: "text/event-stream", "Last-Event-ID": "unknown" };
  const response = await fetch(url, { credentials: "include", headers }).catch(() => undefined);
  if (response === undefined) return "refused";
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("for readers")) text += (await reader.read()).value;
  await reader.cancel();
  return text;
}

/** Runs in the page. @returns status and code, or that the browser did not let it through */
async function post([url, token]: [string, string]): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}`, "Idempotency-Key": "k1" },
    body: '"from elsewhere"',
  }).catch(() => undefined);
  return response === undefined
    ? "refused"
    : `${response.status} ${((await response.json()) as { code?: string }).code}`;
}

const publishing = (token: string): [string, string] => [`${server.url}/publish`, token];
const stream = () => `${server.url}/events?regions=feed&as=json`;

describe("a page of an origin that is allowed", () => {
  test("follows a stream with a plain EventSource", async () => {
    const page = await openElsewhere([origin]);
    const event = page.evaluate(follow, stream());
    await expect.poll(() => server.broker.size).toBe(1);
    const id = await publish("for other sites");
    expect(await event).toBe(`"for other sites" at ${id}`);
    await expect.poll(() => server.broker.size).toBe(0);
  });

  test("follows a stream with a fetch reader, which asks first for what it sends", async () => {
    const page = await openElsewhere([origin]);
    const text = page.evaluate(read, stream());
    await expect.poll(() => server.broker.size).toBe(1);
    await publish("for readers");
    expect(await text).toContain('data: "for readers"');
    expect(server.requests).toContain("OPTIONS /events?regions=feed&as=json");
  });

  test("publishes with a token, and is told why it may not with a wrong one", async () => {
    chromium.allow(/401/);
    const page = await openElsewhere([origin]);
    expect(await page.evaluate(post, publishing("s3cret"))).toBe("201 undefined");
    expect(await page.evaluate(post, publishing("wrong"))).toBe("401 token_invalid");
  });
});

describe("a page of any other origin", () => {
  test.each<[string, (page: Page) => Promise<string>]>([
    ["an EventSource", (page) => page.evaluate(follow, stream())],
    ["a fetch reader", (page) => page.evaluate(read, stream())],
    ["a publish", (page) => page.evaluate(post, publishing("s3cret"))],
  ])("is refused %s, and holds no stream", async (_, attempt) => {
    chromium.allow(/CORS policy|ERR_FAILED|403/);
    const page = await openElsewhere(["https://friend.example"]);
    expect(await attempt(page)).toBe("refused");
    expect(server.broker.size).toBe(0);
    expect(server.broker.cursor()).toMatch(/-0$/);
  });
});

test("the mock of OpenAI's API streams to the pages of all origins, and tells them what it refuses", async () => {
  const page = await openElsewhere([]);
  chromium.allow(/429/);
  const ask = (prompt: string) =>
    page.evaluate(
      async ({ url, prompt }) => {
        const messages = [{ role: "user", content: prompt }];
        const { status, headers, ...response } = await fetch(url, {
          method: "POST",
          headers: { authorization: "Bearer any", "content-type": "application/json", "x-stainless-lang": "js" },
          body: JSON.stringify({ model: "gpt-4o", stream: true, messages, mock: { ttft_ms: 0 } }),
        }).then(async (answer) => ({ status: answer.status, headers: answer.headers, text: await answer.text() }));
        return { status, ...response, retry: headers.get("retry-after"), id: headers.get("x-request-id") };
      },
      { url: `${server.url}/v1/chat/completions`, prompt },
    );
  const good = await ask("/fast");
  expect(good).toMatchObject({ status: 200, retry: null, id: expect.stringMatching(/^req_/) });
  expect(good.text.endsWith("data: [DONE]\n\n")).toBe(true);
  expect(await ask("/error 429")).toMatchObject({ status: 429, retry: "1" });
});
