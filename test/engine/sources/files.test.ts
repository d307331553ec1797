import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadSources } from "../../../src/engine/sources/files.ts";

let folder: string;
const good = "export default { async *[Symbol.asyncIterator]() { yield 1; } };";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sources-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const load = (known: (topic: string) => void = () => {}) => loadSources(pathToFileURL(`${folder}/`), known);

test("a file's name is its topic", async () => {
  await writeFile(join(folder, "price.js"), good);
  await writeFile(join(folder, "price.d.ts"), "");
  await writeFile(join(folder, "price.js.map"), "{}");
  await writeFile(join(folder, "tick.js"), "export default { source: async function* () {}, always: true };");
  const sources = await load();
  expect([...sources.keys()]).toEqual(["price", "tick"]);
  expect(sources.get("price")!.always).toBe(false);
  expect(sources.get("tick")!.always).toBe(true);
});

test("a file in a subfolder has the topic of its path", async () => {
  await mkdir(join(folder, "rooms/deep"), { recursive: true });
  await writeFile(join(folder, "rooms/deep/hall.js"), good);
  expect([...(await load()).keys()]).toEqual(["rooms/deep/hall"]);
});

test("a file that exports null has nothing to read from here", async () => {
  await writeFile(join(folder, "price.js"), "export default null;");
  expect((await load()).size).toBe(0);
});

test("a folder that is not there holds no source", async () => {
  await rm(folder, { recursive: true });
  expect((await load()).size).toBe(0);
});

test.each([
  ["no default export", "price.js", "export const a = 1;", /^src\/sources\/price\.js: it exports no source\. Write: /],
  ["a default that is no source", "price.js", "export default 42;", /^src\/sources\/price\.js: it exports no source/],
  ["an error of its own", "price.js", "throw new Error('no token');", /^src\/sources\/price\.js:1: no token\n/],
  ["a name that is no topic", "My_Price.js", good, /^src\/sources\/My_Price\.js: A topic is/],
])("%s is an error that names the file", async (_what, file, text, message) => {
  await writeFile(join(folder, file), text);
  await expect(load()).rejects.toThrow(message);
});

test("a source whose widget is missing is an error that names the file", async () => {
  await writeFile(join(folder, "price.js"), good);
  const known = (topic: string) => {
    throw new Error(`There is no widget ${topic}. Did you mean “prize”?`);
  };
  await expect(load(known)).rejects.toThrow("src/sources/price.js: There is no widget price. Did you mean “prize”?");
});
