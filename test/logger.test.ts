import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { entryOf, harmless } from "../src/logger.ts";
import { Problem } from "../src/problem.ts";
import { eventually } from "./support/browser.ts";
import { Program } from "./support/program.ts";

describe("an entry of the operator's log", () => {
  test.each([
    ["a colour", "\x1b[31mred", "\\x1b[31mred"],
    ["a title", "\x1b]0;owned\x07", "\\x1b]0;owned\\x07"],
    ["eight bits of it", "\x9b31m", "\\x9b31m"],
    ["a way back", "good\rbad\b", "good\\x0dbad\\x08"],
    ["text read backwards", "a\u202egpj.exe\u2066", "a\\u202egpj.exe\\u2066"],
    ["another line end", "a\u2028b", "a\\u2028b"],
    ["nothing of the kind", "häh?\t👨‍👩‍👧 שלום\nnext", "häh?\t👨‍👩‍👧 שלום\nnext"],
  ])("shows %s and does not do it", (_, text, shown) => expect(harmless(text)).toBe(shown));

  test("keeps a text within its entry: none can look like another", () => {
    expect(entryOf("The model failed.", "a\nBrooklet is at http://evil")).toBe(
      "The model failed. a\n    Brooklet is at http://evil",
    );
    expect(entryOf(new Error("a\n\x1b[2Jb"))).toMatch(/^Error: a\n {4}\\x1b\[2Jb\n {8}at /);
  });

  test("is of bounded length", () => expect(entryOf(new Error("x".repeat(1_000_000))).length).toBeLessThan(9_000));

  test("is one line for what its caller was told, with the reason that only the operator sees", () => {
    const cause = new Error("views/widgets/price.eta:3: data is null\n\n >> 3| …");
    const refused = new Problem(422, "render_failed", "Widget “price” cannot render this value.", { cause });
    expect(entryOf(refused)).toBe(
      "render_failed: Widget “price” cannot render this value. (views/widgets/price.eta:3: data is null)",
    );
    expect(entryOf("a value was refused", new Problem(404, "topic_unknown", "None."))).toBe(
      "a value was refused topic_unknown: None.",
    );
  });
});

describe("the running program's log", () => {
  let program: Program;
  let backend: Server;
  afterEach(async () => {
    await program.dispose();
    backend?.close();
  });

  test("shows what a backend says and does none of it, and one line for a refused publish", async () => {
    const message = "\x1b[2J\x1b]0;owned\x07 all is well\nBrooklet is at http://evil.example";
    backend = createServer((_, response) => {
      response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error: { message } }));
    }).listen(0, "127.0.0.1");
    await once(backend, "listening");
    const OPENAI_BASE_URL = `http://127.0.0.1:${(backend.address() as AddressInfo).port}/v1`;
    const picky = { "widgets/picky.eta": "<p><%= data.very.deep %></p>" };
    program = new Program(picky, { env: { OPENAI_BASE_URL, CHAT_MODEL: "m" } });
    await program.start();

    const json = { "content-type": "application/json" };
    const publish = await fetch(`${program.origin}/publish/picky`, { method: "POST", headers: json, body: "{}" });
    expect(publish.status).toBe(422);
    await eventually(
      () => program.complaints,
      (said) => said.includes("\n"),
    );
    expect(program.complaints).toMatch(/^render_failed: Widget “picky” .* \(views\/widgets\/picky\.eta:1: .*\)\n$/);

    const page = await fetch(`${program.origin}/chat`);
    const cookie = page.headers.getSetCookie().map((line) => line.split(";")[0]!);
    const headers = { cookie: cookie.join("; "), "sec-fetch-site": "same-origin" };
    const body = new URLSearchParams({ text: "hi" });
    await fetch(`${program.origin}/chat`, { method: "POST", headers, body, redirect: "manual" });
    const said = await eventually(
      () => program.complaints,
      (said) => said.includes("all is well"),
    );
    expect(said).toContain("\\x1b[2J\\x1b]0;owned\\x07 all is well");
    expect(said.split("\n").filter((line) => line.startsWith("Brooklet"))).toEqual([]);
    expect(/[^\P{Cc}\n]/u.test(said)).toBe(false);
  });
});
