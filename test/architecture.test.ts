import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cycle, type Import, importsOf, isBarrel, leaks, wrong } from "./support/architecture.ts";

const root = join(import.meta.dirname, "..");
const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);
const texts = new Map(files.map((file) => [file, readFileSync(join(root, "src", file), "utf8")]));
const imports = [...texts].flatMap(([file, text]) => importsOf(file, text));

describe("the code", () => {
  test("imports one way: leaves ← log ← update ← content ← subscriber ← broker ← source ← routes ← app ← index", () => {
    expect(files).toContain("topic.ts");
    expect(imports.length).toBeGreaterThan(10);
    expect([...new Set(imports.map(wrong))].filter((sentence) => sentence !== undefined)).toEqual([]);
  });

  test("has no way round", () => expect(cycle(imports)).toBeUndefined());

  test("keeps htmx in partials and views, and text/event-stream in event.ts", () => {
    expect([...texts].flatMap(([file, text]) => leaks(file, text))).toEqual([]);
  });

  test("has no file over 300 lines", () => {
    const lines = [...texts].map(([file, text]) => ({ file, lines: text.trimEnd().split("\n").length }));
    expect(lines.filter(({ lines }) => lines > 300)).toEqual([]);
  });

  test("has no barrels, and no file that is named for having no subject", () => {
    expect([...texts].filter(([, text]) => isBarrel(text)).map(([file]) => file)).toEqual([]);
    expect(files.filter((file) => /(^|[/-])(utils?|helpers?|common|misc|shared)\.ts$/.test(file))).toEqual([]);
  });
});

test("the top level holds what the design allows, and nothing else", () => {
  const allowed = new Set(["src", "views", "public", "test", "package.json", "package-lock.json", "tsconfig.json"]);
  for (const name of ["README.md", "LICENSE", "biome.json", "vitest.config.ts", "Dockerfile"]) allowed.add(name);
  // What git ignores is nobody's clutter.
  const ignored = /^(\..*|node_modules|dist|.*\.log)$/;
  expect(readdirSync(root).filter((name) => !allowed.has(name) && !ignored.test(name))).toEqual([]);
});

describe("the rules", () => {
  const arrow = (from: string, to: string, typeOnly = false): Import => ({ from, to, typeOnly });

  test.each([
    arrow("topic.ts", "broker.ts"),
    arrow("update.ts", "stream/subscriber.ts"),
    arrow("log/log.ts", "update.ts"),
    arrow("stream/subscriber.ts", "broker.ts", true),
    arrow("broker.ts", "source/every.ts"),
    arrow("source/every.ts", "app.ts"),
    arrow("routes/events.ts", "app.ts"),
    arrow("app.ts", "index.ts"),
    arrow("broker.ts", "views.ts", true),
    arrow("views.ts", "broker.ts", true),
    arrow("broker.ts", "eta"),
    arrow("routes/page.ts", "eta", true),
    arrow("views.ts", "koa"),
    arrow("server/server.ts", "koa"),
    arrow("index.ts", "@koa/router", true),
    arrow("broker.ts", "redis"),
    arrow("log/lmdb.ts", "redis", true),
    arrow("broker.ts", "../test/support/server.ts"),
    arrow("unheard-of.ts", "topic.ts"),
  ])("refuse $from → $to", (wrongWay) => {
    const sentence = wrong(wrongWay);
    expect(sentence).toContain(wrongWay.from);
    expect(sentence).toMatch(/: /);
  });

  test.each([
    arrow("broker.ts", "stream/subscriber.ts"),
    arrow("content/log.ts", "content/window.ts"),
    arrow("routes/events.ts", "broker.ts"),
    arrow("sources/price.ts", "source/every.ts"),
    arrow("views.ts", "widget.ts"),
    arrow("views.ts", "eta"),
    arrow("app.ts", "views.ts"),
    arrow("app.ts", "koa"),
    arrow("server/server.ts", "koa", true),
    arrow("log/redis.ts", "redis"),
    arrow("broker.ts", "node:crypto"),
  ])("let $from → $to pass", (rightWay) => expect(wrong(rightWay)).toBeUndefined());

  test("find every kind of import", () => {
    const text = [
      'import { a } from "./a.ts";',
      'import type { B } from "../b.ts";',
      "import {",
      "  c,",
      "} from './c.ts';",
      'import "./d.ts";',
      'export * from "../../test/e.ts";',
      'const f = await import("@koa/router/sub");',
      "const g = await import(new URL(file, dir).href);",
    ];
    expect(importsOf("routes/x.ts", text.join("\n"))).toEqual([
      arrow("routes/x.ts", "routes/a.ts"),
      arrow("routes/x.ts", "b.ts", true),
      arrow("routes/x.ts", "routes/c.ts"),
      arrow("routes/x.ts", "../test/e.ts"),
      arrow("routes/x.ts", "routes/d.ts"),
      arrow("routes/x.ts", "@koa/router"),
    ]);
  });

  test("see a way round, but none that is made of types", () => {
    const there = [arrow("a.ts", "b.ts"), arrow("b.ts", "c.ts")];
    expect(cycle([...there, arrow("c.ts", "a.ts")])).toEqual(["a.ts", "b.ts", "c.ts", "a.ts"]);
    expect(cycle([...there, arrow("c.ts", "a.ts", true)])).toBeUndefined();
  });

  test("see a barrel, htmx and the wire format where they do not belong", () => {
    expect(isBarrel('/** Everything. */\nexport * from "./a.ts";\nexport { b } from "./b.ts";\n')).toBe(true);
    expect(isBarrel('export { b } from "./b.ts";\nexport const c = 1;\n')).toBe(false);
    expect(leaks("broker.ts", "`<div hx-get=x>`")).toEqual([expect.stringContaining("src/broker.ts says hx-get")]);
    expect(leaks("app.ts", 'ctx.type = "text/event-stream";')).toEqual([expect.stringContaining("event.ts")]);
    expect(leaks("app.ts", "  console.error(error);")).toEqual([expect.stringContaining("logger.ts")]);
    expect([...leaks("partial.ts", '"<hx-partial>"'), ...leaks("event.ts", '"text/event-stream"')]).toEqual([]);
  });
});
