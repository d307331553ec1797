import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { AuthorError } from "../../../src/engine/core/author-error.ts";
import { Problem } from "../../../src/engine/core/problem.ts";
import { entryOf, harmless } from "../../../src/engine/ops/entry.ts";
import { Logger } from "../../../src/engine/ops/logger.ts";
import { eventually } from "../../support/browser.ts";
import { Program } from "../../support/program.ts";

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

  test("is place, reason and line for a template's mistake, and no stack", () => {
    const mistake = new AuthorError("data is null", {
      file: "views/widgets/price.eta",
      line: 2,
      text: "<p>\n<%= data.x %>\n</p>",
      cause: new TypeError("data is null"),
    });
    expect(entryOf(mistake)).toBe("views/widgets/price.eta:2: data is null\n     >> 2| <%= data.x %>");
    const refused = new Problem(422, "render_failed", "Widget “price” cannot render this value.", { cause: mistake });
    expect(entryOf("source price: a value was refused", refused).split("\n")).toEqual([
      "source price: a value was refused render_failed: Widget “price” cannot render this value.",
      "    views/widgets/price.eta:2: data is null",
      "     >> 2| <%= data.x %>",
    ]);
  });

  test("says why a template refuses a value", () => {
    const refused = new Problem(422, "value_refused", "Widget “price” refuses this value.", { detail: "no number" });
    expect(entryOf(refused)).toBe("value_refused: Widget “price” refuses this value. (no number)");
  });

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

describe("the logger", () => {
  const refused = (why: string) => new Problem(422, "value_refused", "No.", { detail: why });

  test("says once what a template and its values keep doing, also over templates that change nothing about it", () => {
    const entries: string[] = [];
    const logger = new Logger((_level, entry) => entries.push(entry));
    for (const what of ["a", "b", "a", "b"]) logger.report(refused(what));
    logger.swapped();
    logger.report(refused("a"));
    logger.swapped(); // in which b was not seen: it is mended
    for (const what of ["a", "b"]) logger.report(refused(what));
    expect(entries.map((entry) => entry.at(-2))).toEqual(["a", "b", "b"]);
  });

  test("says all else each time", () => {
    const entries: string[] = [];
    const logger = new Logger((_level, entry) => entries.push(entry));
    const away = new Problem(503, "broker_unavailable", "Redis is away.", { cause: "ECONNREFUSED" });
    for (let i = 0; i < 2; i++) for (const what of ["started", away, new Error("x")]) logger.report(what);
    expect(entries).toHaveLength(6);
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
      response.writeHead(400, { "content-type": "text/plain" }).end(message);
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
    expect(program.complaints).toMatch(
      /^render_failed: Widget “picky” .*\n {4}views\/widgets\/picky\.eta:1: .*\n {5}>> 1\| <p>.*\n$/,
    );

    const page = await fetch(`${program.origin}/chat`);
    const cookie = page.headers.getSetCookie().map((line) => line.split(";")[0]!);
    const headers = { cookie: cookie.join("; "), "sec-fetch-site": "same-origin" };
    const body = new URLSearchParams({ text: "hi" });
    await fetch(`${program.origin}/actions/chat/send`, { method: "POST", headers, body, redirect: "manual" });
    const said = await eventually(
      () => program.complaints,
      (said) => said.includes("all is well"),
    );
    // Escaped once, by the logger or by the JSON that it came in.
    expect(said).toMatch(/\\(?:x|u00)1b\[2J\\(?:x|u00)1b\]0;owned\\(?:x|u00)07 all is well/);
    expect(said.split("\n").filter((line) => line.startsWith("Brooklet"))).toEqual([]);
    expect(/[^\P{Cc}\n]/u.test(said)).toBe(false);
  });

  test("says a mistake of a template once, in three lines, however often it is saved and seen, and again once it was mended", async () => {
    const good = "<p><%= data.a %></p>\n";
    const bad = "<p>\n<%= data.a.b.c %></p>\n";
    const page = '<h1>Odd</h1>\n<%~ live("odd") %>\n<% if (query.of) null.x; %>\n';
    const matter = "---\nquery: { of: [it] }\n---\n";
    program = new Program({ "widgets/odd.eta": good, "pages/odd.eta": matter + page });
    await program.start();
    const at = (path: string) => fetch(`${program.origin}${path}`).then((response) => response.text());
    const json = { "content-type": "application/json" };
    const body = '{"a":1}';
    await fetch(`${program.origin}/publish/odd`, { method: "POST", headers: json, body });
    const save = async (template: string, n: number) => {
      program.write({ "widgets/odd.eta": `${template}<!-- ${n} -->` });
      await eventually(
        () => at("/widgets/odd"),
        (html) => html.includes(`&lt;!-- ${n} --&gt;`),
      );
      await at("/odd");
    };
    const mistake = [
      "render_failed: Widget “odd” cannot render this value. The server's log has the file and the line.",
      "    views/widgets/odd.eta:2: Cannot read properties of undefined (reading 'c')",
      "     >> 2| <%= data.a.b.c %></p>",
    ];
    const lines = () => program.complaints.trimEnd().split("\n");
    for (let n = 1; n <= 3; n++) await save(bad, n);
    expect((await fetch(`${program.origin}/publish/odd`, { method: "POST", headers: json, body })).status).toBe(422);
    expect(lines()).toEqual(mistake);
    await save(good, 4);
    await save(bad, 5);
    expect(lines()).toEqual([...mistake, ...mistake]);

    for (let n = 0; n < 2; n++) expect(await at("/odd?of=it")).toContain("Something went wrong here");
    expect(lines().slice(6)).toEqual([
      "views/pages/odd.eta:6: Cannot read properties of null (reading 'x')",
      "     >> 6| <% if (query.of) null.x; %>",
    ]);
  });
});
