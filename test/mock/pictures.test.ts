import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Body } from "../../src/mock/body.ts";
import { createMock } from "../../src/mock/mock.ts";
import { Raw } from "../support/raw.ts";
import { start, type TestServer } from "../support/server.ts";

const MIB = 1024 * 1024;
const KEY = { authorization: "Bearer any", "content-type": "application/json" };

let server: TestServer;
beforeAll(async () => {
  server = await start({ mock: createMock({ ttftMs: 0, tokensPerSecond: 10_000 }) });
});
afterAll(() => server.close());

function read(text: string, pieces: readonly number[] = []): string {
  const body = new Body();
  let rest = Buffer.from(text);
  for (const length of pieces) {
    body.add(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  body.add(rest);
  return body.bytes.toString();
}

describe("a body", () => {
  const long = "iVBORw0KGgo".repeat(1_000);

  test("is kept without its long base64, wherever it is cut on its way", () => {
    const whole = `{"a":"data:image/png;base64,${long}","b":{"data": "${long}","format":"wav"},"c":"${long}"}`;
    const kept = `{"a":"data:image/png;base64,${long.slice(0, 1_024)}","b":{"data": "${long.slice(0, 1_024)}","format":"wav"},"c":"${long}"}`;
    expect(read(whole)).toBe(kept);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5_000 })), (pieces) => {
        expect(read(whole, pieces)).toBe(kept);
      }),
    );
    expect(read(whole, Array(whole.length).fill(1))).toBe(kept);
  });

  test("is as it was where nothing in it is long", () => {
    const text = fc
      .array(fc.constantFrom(";base64,", '"data":"', '"data": "', "abc", "é", '"', "{", " "))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.array(fc.nat(9)), (text, pieces) => {
        expect(read(text, pieces)).toBe(text);
      }),
    );
  });
});

describe("a question with pictures", () => {
  const ask = (content: object[]) =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: "POST",
      headers: KEY,
      body: JSON.stringify({ model: "m", messages: [{ role: "user", content }] }),
    });

  test("of nearly 20 MiB is answered, and costs no more tokens than its words", async () => {
    const url = `data:image/png;base64,${"A".repeat(19 * MIB)}`;
    const response = await ask([
      { type: "image_url", image_url: { url } },
      { type: "text", text: "What is this?" },
    ]);
    expect(response.status).toBe(200);
    const { usage } = await response.json();
    expect(usage.prompt_tokens).toBeLessThan(20);
  });

  test("is sent later where too many are on their way in, and others are answered meanwhile", async () => {
    const size = 18 * MIB;
    const open = () =>
      new Raw(server.port).send(
        "POST /v1/chat/completions HTTP/1.1",
        "Host: localhost",
        "Authorization: Bearer any",
        "Content-Type: application/json",
        `Content-Length: ${size + 1}`,
        "",
        `{"a":"data:image/png;base64,${"A".repeat(size - 40)}`,
      );
    const senders = [open(), open(), open(), open()];
    const refused = await Promise.race(senders.map((sender) => sender.until("\r\n\r\n{")));
    expect(refused).toMatch(/^HTTP\/1\.1 503 /);
    expect(refused).toContain('"code":"overloaded"');
    expect(refused).toMatch(/^Retry-After: 1\r$/im);
    expect((await ask([{ type: "text", text: "hello" }])).status).toBe(200);
    for (const sender of senders) sender.socket.destroy();
    expect(server.errors).toEqual([]);
  });
});
