import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AUTHORS, cycle, type Import, importsOf, isBarrel, LAYERS, leaks, wrong } from "./support/architecture.ts";
import { areNear, readHouse } from "./support/house.ts";

const root = join(import.meta.dirname, "..");
const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);
const texts = new Map(
  files.filter((file) => !AUTHORS.test(file)).map((file) => [file, readFileSync(join(root, "src", file), "utf8")]),
);
const imports = [...texts].flatMap(([file, text]) => importsOf(file, text));

describe("the code", () => {
  test("imports one way, layer by layer", () => {
    expect(files).toContain("engine/core/topic.ts");
    expect(imports.length).toBeGreaterThan(10);
    expect([...new Set(imports.map(wrong))].filter((sentence) => sentence !== undefined)).toEqual([]);
  });

  test("has a place in the order for each of its folders, and a folder for each place", () => {
    const folders = new Set([...texts.keys()].map((file) => file.slice(0, Math.max(0, file.lastIndexOf("/")))));
    const known = new Set(LAYERS.map(([folder]) => folder));
    const placed = (folder: string) => known.has(folder) || /^engine\/log\/(lmdb|redis)$/.test(folder);
    expect([...folders].filter((folder) => !placed(folder))).toEqual([]);
    expect([...known].filter((folder) => !folders.has(folder))).toEqual([]);
  });

  test("has no way round, of types neither", () => expect(cycle(imports)).toBeUndefined());

  test("keeps htmx in partials and views, and text/event-stream in event.ts", () => {
    expect([...texts].flatMap(([file, text]) => leaks(file, text))).toEqual([]);
  });

  test("has no file over 300 lines, and an index of at most 60", () => {
    const lines = [...texts].map(([file, text]) => ({ file, lines: text.trimEnd().split("\n").length }));
    expect(lines.filter(({ lines }) => lines > 300)).toEqual([]);
    expect(lines.find(({ file }) => file === "index.ts")!.lines).toBeLessThanOrEqual(60);
  });

  test("has no two exported types of one name", () => {
    const named = new Map<string, string[]>();
    for (const [file, text] of texts) {
      for (const [, name] of text.matchAll(/^export (?:abstract )?(?:class|interface|type) (\w+)/gm)) {
        named.set(name!, [...(named.get(name!) ?? []), file]);
      }
    }
    expect([...named].filter(([, files]) => files.length > 1)).toEqual([]);
  });

  test("has no two exported functions of one name in the engine", () => {
    const named = new Map<string, string[]>();
    for (const [file, text] of texts) {
      if (!file.startsWith("engine/")) continue;
      for (const [, one, other] of text.matchAll(
        /^export (?:(?:async )?function\*? (\w+)|const (\w+) = (?:async )?\()/gm,
      )) {
        const name = (one ?? other)!;
        named.set(name, [...new Set([...(named.get(name) ?? []), file])]); // a function may have several signatures
      }
    }
    expect(named.size).toBeGreaterThan(100);
    expect([...named].filter(([, files]) => files.length > 1)).toEqual([]);
  });

  test("has no barrels but the one that authors import, and no file that is named for having no subject", () => {
    expect([...texts].filter(([, text]) => isBarrel(text)).map(([file]) => file)).toEqual(["brooklet.ts"]);
    expect(files.filter((file) => /(^|[/-])(utils?|helpers?|common|misc|shared)\.ts$/.test(file))).toEqual([]);
  });
});

describe("src/README.md, the house on one page", () => {
  const src = join(root, "src");
  const text = readFileSync(join(src, "README.md"), "utf8");
  const house = readHouse(text);

  test("has the layers in the order in which they are held", () => {
    expect(house.layers).toEqual(LAYERS.map(([folder]) => folder).filter((folder) => folder !== ""));
  });

  test("names each file and folder at the top of src, and no other", () => {
    const [tree = ""] = text.split("```").slice(1);
    const named = [...tree.matchAll(/(?:^ {2}| {2})([\w-]+(?:\/|\.ts))(?= )/gm)].map(([, name]) => name!);
    const there = readdirSync(src, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.name.endsWith(".ts"))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    expect(there.filter((name) => !named.includes(name))).toEqual([]);
    // What is an author's may be gone.
    expect(named.filter((name) => !there.includes(name) && !AUTHORS.test(name))).toEqual([]);
  });

  test("has no walk past a file that does not exist", () => {
    expect(house.walks).toHaveLength(5);
    for (const { title, files } of house.walks) expect([title, files.length > 4]).toEqual([title, true]);
    const named = house.walks.flatMap(({ files }) => files).filter((file) => !AUTHORS.test(file));
    expect(named.filter((file) => !existsSync(join(src, file)))).toEqual([]);
  });

  test("has no step in a walk between two files that have nothing to do with each other", () => {
    const far = house.walks.flatMap(({ files }) => {
      const ours = files.filter((file) => !AUTHORS.test(file));
      return ours.slice(1).flatMap((file, i) => (areNear(ours[i]!, file, imports) ? [] : [`${ours[i]} → ${file}`]));
    });
    expect(far).toEqual([]);
  });

  test("names no other file that is not there", () => {
    const named = [...text.matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|eta|md))`/g)].map(([, file]) => file!);
    expect(named.length).toBeGreaterThan(20);
    const there = (file: string) => [src, root, join(src, "engine")].some((from) => existsSync(join(from, file)));
    expect(named.filter((file) => !there(file) && !AUTHORS.test(file))).toEqual([]);
  });
});

test("no test looks at the pages and widgets that authors have, which they may delete, but those that try whatever is there", () => {
  const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" });
  const ours = tests.filter(
    (file) => file.endsWith(".ts") && !/^(?:demo|site|support)\/|^faults\/payloads\.test\.ts$/.test(file),
  );
  expect(ours.length).toBeGreaterThan(100);
  const looks = /\bSITE_VIEWS\b|\/support\/site\.ts"/;
  expect(ours.filter((file) => looks.test(readFileSync(join(root, "test", file), "utf8")))).toEqual([]);
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
    arrow("engine/core/topic.ts", "engine/broker/broker.ts"),
    arrow("engine/regions/update.ts", "engine/delivery/subscriber.ts"),
    arrow("engine/log/log.ts", "engine/regions/update.ts"),
    arrow("engine/log/lmdb/store.ts", "engine/topics/live-topic.ts"),
    arrow("engine/delivery/subscriber.ts", "engine/broker/broker.ts", true),
    arrow("engine/broker/broker.ts", "engine/sources/every.ts"),
    arrow("engine/http/routes/events.ts", "engine/http/app.ts"),
    arrow("engine/http/routes/events.ts", "index.ts"),
    arrow("engine/broker/broker.ts", "engine/views/views.ts", true),
    arrow("engine/views/views.ts", "engine/broker/broker.ts", true),
    arrow("engine/views/views.ts", "engine/log/record.ts", true),
    arrow("engine/http/app.ts", "engine/start.ts"),
    arrow("engine/http/app.ts", "engine/feature.ts", true),
    arrow("engine/start.ts", "chat/feature.ts"),
    arrow("engine/http/routes/publish.ts", "chat/chat.ts"),
    arrow("engine/http/middleware/errors.ts", "mock/api-error.ts"),
    arrow("chat/chat.ts", "mock/mock.ts", true),
    arrow("index.ts", "chat/feature.ts"),
    arrow("engine/sources/files.ts", "sources/clock.ts"),
    arrow("index.ts", "actions/notes/add.ts"),
    arrow("engine/access/file.ts", "authorize.ts"),
    arrow("engine/broker/broker.ts", "eta"),
    arrow("engine/http/routes/pages.ts", "eta", true),
    arrow("engine/views/views.ts", "koa"),
    arrow("engine/http/listen/server.ts", "koa"),
    arrow("index.ts", "@koa/router", true),
    arrow("engine/broker/broker.ts", "redis"),
    arrow("engine/log/lmdb/lmdb-log.ts", "redis", true),
    arrow("engine/broker/broker.ts", "../test/support/server.ts"),
  ])("refuse $from → $to", (wrongWay) => {
    const sentence = wrong(wrongWay);
    expect(sentence).toContain(wrongWay.from);
    expect(sentence).toMatch(/: /);
  });

  test.each([
    arrow("engine/broker/broker.ts", "engine/delivery/subscriber.ts"),
    arrow("engine/regions/list.ts", "engine/regions/item-list.ts"),
    arrow("engine/log/redis/redis-log.ts", "engine/log/log.ts"),
    arrow("engine/http/routes/events.ts", "engine/broker/broker.ts"),
    arrow("engine/views/views.ts", "engine/core/widget.ts"),
    arrow("engine/views/templates/engine.ts", "eta"),
    arrow("engine/http/app.ts", "engine/views/views.ts"),
    arrow("engine/http/app.ts", "koa"),
    arrow("engine/http/listen/server.ts", "koa", true),
    arrow("engine/log/redis/redis-log.ts", "redis"),
    arrow("engine/broker/broker.ts", "node:crypto"),
    arrow("chat/chat.ts", "engine/broker/broker.ts"),
    arrow("features.ts", "chat/chat.ts"),
    arrow("mock/feature.ts", "engine/feature.ts", true),
    arrow("engine/start.ts", "engine/http/app.ts"),
    // What authors write is theirs.
    arrow("sources/deep/price.ts", "engine/sources/every.ts"),
    arrow("actions/notes/add.ts", "redis"),
    arrow("authorize.ts", "actions/_users.ts"),
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

  test("see a way round, of types too", () => {
    const there = [arrow("a.ts", "b.ts"), arrow("b.ts", "c.ts")];
    expect(cycle([...there, arrow("c.ts", "a.ts")])).toEqual(["a.ts", "b.ts", "c.ts", "a.ts"]);
    expect(cycle([...there, arrow("c.ts", "a.ts", true)])).toEqual(["a.ts", "b.ts", "c.ts", "a.ts"]);
    expect(cycle(there)).toBeUndefined();
  });

  test("take two files for near where one imports the other, or a third has to do with both", () => {
    const some = [arrow("a.ts", "b.ts"), arrow("c.ts", "b.ts"), arrow("a.ts", "engine/core/x.ts")];
    some.push(arrow("d.ts", "engine/core/x.ts"));
    expect(areNear("a.ts", "b.ts", some)).toBe(true);
    expect(areNear("b.ts", "a.ts", some)).toBe(true);
    expect(areNear("a.ts", "c.ts", some)).toBe(true);
    expect(areNear("a.ts", "d.ts", some)).toBe(false);
  });

  test("see a barrel, htmx and the wire format where they do not belong", () => {
    expect(isBarrel('/** Everything. */\nexport * from "./a.ts";\nexport { b } from "./b.ts";\n')).toBe(true);
    expect(isBarrel('export { b } from "./b.ts";\nexport const c = 1;\n')).toBe(false);
    expect(leaks("broker.ts", "`<div hx-get=x>`")).toEqual([expect.stringContaining("src/broker.ts says hx-get")]);
    expect(leaks("app.ts", 'ctx.type = "text/event-stream";')).toEqual([expect.stringContaining("event.ts")]);
    expect(leaks("app.ts", "  console.error(error);")).toEqual([expect.stringContaining("logger.ts")]);
    expect([
      ...leaks("engine/core/partial.ts", '"<hx-partial>"'),
      ...leaks("engine/core/event.ts", '"text/event-stream"'),
    ]).toEqual([]);
  });
});
