import { connect } from "node:http2";
import { afterEach, describe, expect, test } from "vitest";
import { streamHeaders } from "../../src/engine/core/event.ts";
import { createMock, type Mock } from "../../src/mock/mock.ts";
import { eventually } from "../support/browser.ts";
import { Raw } from "../support/raw.ts";
import { selfSigned, start, type TestServer } from "../support/server.ts";

let server: TestServer;
afterEach(() => server.close());

const MIB = 1024 * 1024;

async function serve(mock: Mock): Promise<void> {
  server = await start({ mock });
}

/** Asks over a connection of its own, which is closed after the answer. */
function ask(prompt: string): Raw {
  const body = JSON.stringify({ model: "gpt-4o", stream: true, messages: [{ role: "user", content: prompt }] });
  return new Raw(server.port).send(
    "POST /v1/chat/completions HTTP/1.1",
    "Host: localhost",
    "Authorization: Bearer any",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    "",
    body,
  );
}

describe("over HTTP the mock", () => {
  test("stops at once when its reader has gone", async () => {
    await serve(createMock({ ttftMs: 0, most: 1 }));
    const stalled = ask("/stall");
    await stalled.until("assistant");
    expect(await ask("/table").end()).toMatch(/^HTTP\/1\.1 429 /);
    stalled.socket.destroy();
    await eventually(
      () => ask("/fast").end(),
      (text) => text.includes("data: [DONE]"),
    );
    expect(server.errors).toEqual([]);
  });

  test("loses the connection for /cut, with no end that a reader could take for one", async () => {
    await serve(createMock({ ttftMs: 0, tokensPerSecond: 400 }));
    const text = await ask("/cut").end();
    expect(text).toContain("assistant");
    expect(text).not.toContain("[DONE]");
    expect(text).not.toMatch(/\r\n0\r\n/); // the last chunk of HTTP's
    expect(server.errors).toEqual([]);
  });

  test("breaks off that one stream of an HTTP/2 connection, and no other", async () => {
    server = await start({ config: { tls: selfSigned() }, mock: createMock({ ttftMs: 0, tokensPerSecond: 400 }) });
    const session = connect(server.url, { rejectUnauthorized: false });
    const told = (prompt: string) =>
      new Promise<string>((resolve) => {
        let text = "";
        const headers = { authorization: "Bearer any", "content-type": "application/json" };
        const stream = session.request({ ":method": "POST", ":path": "/v1/chat/completions", ...headers });
        stream.setEncoding("utf8").on("data", (part) => {
          text += part;
        });
        stream.on("error", () => {}).on("close", () => resolve(`${text} ${stream.rstCode}`));
        stream.end(JSON.stringify({ model: "gpt-4o", stream: true, messages: [{ role: "user", content: prompt }] }));
      });
    const [whole, cut] = await Promise.all([told("/fast"), told("/cut")]);
    expect(whole).toMatch(/data: \[DONE\]\s+0$/);
    expect(cut).toMatch(/assistant.* 2$/s); // INTERNAL_ERROR
    expect(cut).not.toContain("[DONE]");
    expect(server.errors).toEqual([]);
    session.close();
  });

  test("makes nothing for a reader that has stopped", async () => {
    let made = 0;
    const large = new ReadableStream({
      pull(controller) {
        if (made >= 128 * MIB) return controller.close();
        controller.enqueue(new Uint8Array(MIB / 16));
        made += MIB / 16;
      },
    });
    await serve(async () => new Response(large, { headers: streamHeaders }));
    const reader = ask("anything");
    await reader.until("HTTP/1.1 200");
    reader.socket.pause();
    // It stands still once what the network holds is full.
    let [before, still] = [-1, 0];
    await eventually(
      () => {
        still = made === before ? still + 1 : 0;
        before = made;
        return still;
      },
      (looks) => looks === 10,
    );
    expect(made).toBeLessThan(64 * MIB);
    reader.socket.destroy();
  });

  test("whose own failing is in the server's log, and not in its answer", async () => {
    await serve(() => Promise.reject(new Error("a secret of ours")));
    const text = await ask("hello").end();
    expect(text).toMatch(/^HTTP\/1\.1 500 /);
    expect(JSON.parse(text.slice(text.indexOf("\r\n\r\n")))).toMatchObject({
      error: { type: "server_error", code: "internal", param: null },
    });
    expect(text).not.toContain("secret");
    expect(String(server.errors)).toContain("a secret of ours");
  });
});
