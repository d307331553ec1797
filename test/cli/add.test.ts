import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addWidget, widgetList } from "../../src/cli/add.ts";
import { kitWidgets } from "../../src/kit/kit.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brooklet-add-"));
  mkdirSync(join(dir, "views"));
  writeFileSync(join(dir, "views/layout.eta"), "<head><%~ head() %></head>");
  writeFileSync(join(dir, "package.json"), '{ "type": "module" }');
});
afterEach(() => rmSync(dir, { recursive: true }));

const read = (path: string) => readFileSync(join(dir, path), "utf8");
const kit = (path: string) => readFileSync(join(import.meta.dirname, "../../src/kit", path), "utf8");
const files = () =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(dir.length + 1))
    .filter((path) => path !== "package.json" && path !== "views/layout.eta")
    .sort();

describe("brooklet add", () => {
  test("alone lists what there is, one line each, with what it is published", () => {
    const lines = widgetList().split("\n");
    for (const name of kitWidgets().keys()) {
      const [line, ...more] = lines.filter((line) => line.startsWith(`  ${name} `));
      expect([line, more]).toEqual([expect.stringMatching(/^ {2}[a-z-]+ +\S.{20}/), []]);
      expect(line!.length).toBeLessThanOrEqual(110);
    }
  });

  test.each([...kitWidgets().keys()])("copies %s as it is, with all that belongs to it", (name) => {
    const said = addWidget(name, undefined, dir);
    expect(read(`views/widgets/${name}.eta`)).toBe(kit(`widgets/${name}.eta`));
    expect(read(`views/widgets/${name}.samples.json`)).toBe(kit(`widgets/${name}.samples.json`));
    for (const file of files()) expect(said).toContain(`${file}\n`);
  });

  test("says how a page shows it, and which package it needs", () => {
    expect(addWidget("meter", undefined, dir)).toBe(
      "views/widgets/meter.eta\nviews/widgets/meter.samples.json\n\n" +
        'A page shows it by <%~ live("meter") %>; what it takes is at /widgets/meter, with samples.',
    );
    expect(addWidget("comments", undefined, dir).split("\n\n")[1]).toBe(
      'A page shows it by <%~ include("snippets/comments") %>; what it takes is at /widgets/comments, with samples.\n' +
        "It needs a package: npm install zod",
    );
  });

  test("gives it another name, wherever it is called by it", () => {
    addWidget("comments", "guest-book", dir);
    expect(files()).toEqual([
      "src/actions/guest-book/add.ts",
      "views/snippets/guest-book.eta",
      "views/widgets/guest-book.eta",
      "views/widgets/guest-book.samples.json",
    ]);
    expect(read("src/actions/guest-book/add.ts")).toContain('publish("guest-book", fields)');
    expect(read("views/snippets/guest-book.eta")).toMatch(/live\("guest-book"\).*action\("guest-book\/add"\)/s);
    expect(read("views/widgets/guest-book.eta")).toMatch(/^title: Guest book$/m);
    expect(files().map(read).join("")).not.toMatch(/["/]comments/);
  });

  test("under another name leaves alone what only looks like its name", () => {
    addWidget("number", "visitors", dir);
    const as = (text: string) => text.replace("title: Number", "title: Visitors");
    expect(read("views/widgets/visitors.eta")).toBe(as(kit("widgets/number.eta")));
  });

  test.each([
    [
      "what is there already",
      "meter",
      undefined,
      "views/widgets/meter.eta is there already. To take it under another name: brooklet add meter my-meter",
    ],
    ["a widget that there is not", "metre", undefined, "There is no widget “metre” to take. Did you mean “meter”?"],
    [
      "one that is far from any",
      "thermostat-of-the-hall",
      undefined,
      "There is no widget “thermostat-of-the-hall” to take. brooklet add lists them.",
    ],
    [
      "a name that is no topic",
      "meter",
      "CPU load",
      "A widget is named in lower-case letters, digits and “-”, such as cpu-load: its name is its topic.",
    ],
  ])("refuses %s, with the mend, and writes nothing", (_, name, as, mend) => {
    mkdirSync(join(dir, "views/widgets"));
    writeFileSync(join(dir, "views/widgets/meter.eta"), "mine");
    expect(() => addWidget(name, as, dir)).toThrow(mend);
    expect(files()).toEqual(["views/widgets/meter.eta"]);
    expect(read("views/widgets/meter.eta")).toBe("mine");
  });

  test("tells where the layout lacks the style sheets that it looks by", () => {
    writeFileSync(join(dir, "views/layout.eta"), "<head></head>");
    expect(addWidget("meter", undefined, dir)).toMatch(/ where views\/layout\.eta has <%~ head\(\) %> in its head\.$/);
  });
});
