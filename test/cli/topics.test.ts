import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeTopics } from "../../src/cli/topics.ts";
import { ROOT } from "../support/folders.ts";

const SCHEMA =
  'import { z } from "zod";\nexport default z.object({ price: z.number(), note: z.string().optional() });\n';

function folder(files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-topics-"));
  for (const name of ["views/widgets", "src"]) mkdirSync(join(dir, name), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(dir, path), text);
  return dir;
}

test("TypeScript knows what topics take whose widgets have a schema, and shows what is wrong", () => {
  const dir = folder({
    "views/widgets/price.schema.ts": SCHEMA,
    "views/widgets/big-price.schema.ts": SCHEMA,
    "src/right.ts": `import { action, every, type ValueOf } from "brooklet";
export const source = every(1000, (): ValueOf<"price"> => ({ price: 1, note: undefined }));
export default action(async ({ publish, update, latest }) => {
  await publish("price", { price: 1 });
  await publish("big-price/ACME", { price: 1, note: "so" });
  await publish("untyped", { any: "thing" });
  await update("price", (held) => ({ price: (held?.price ?? 0) + 1 }));
  await update("untyped", (held) => held + 1);
  return (await latest("price"))?.price.toFixed();
});
`,
    "src/wrong.ts": `import { action, every, type ValueOf } from "brooklet";
export const source = every(1000, (): ValueOf<"price"> => ({ note: "no price" }));
export default action(async ({ publish, update, latest }) => {
  await publish("price", { prise: 1 });
  await publish("big-price/ACME", { price: "1" });
  await update("price", () => ({ price: true }));
  return (await latest("price")).price;
});
`,
    "tsconfig.json": JSON.stringify({
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: { typeRoots: [join(ROOT, "node_modules/@types")] },
      include: ["src", "views"],
    }),
    "package.json": '{ "type": "module" }',
  });
  symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
  writeTopics(dir);
  let said = "";
  try {
    execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", dir], { cwd: dir, encoding: "utf8" });
  } catch (error) {
    said = (error as { stdout: string }).stdout;
  }
  const places = [...said.matchAll(/^(\S+?)\((\d+),/gm)].map(([, file, line]) => `${file}:${line}`);
  expect(places).toEqual(["src/wrong.ts:2", "src/wrong.ts:4", "src/wrong.ts:5", "src/wrong.ts:6", "src/wrong.ts:7"]);
});

test("what it is told stays as it is where nothing has changed, and goes with the last schema", () => {
  const dir = folder({ "views/widgets/price.schema.ts": SCHEMA, "views/widgets/_units.ts": "" });
  const file = join(dir, "views/widgets/topics.d.ts");
  writeTopics(dir);
  utimesSync(file, 1, 1);
  writeTopics(dir);
  expect(statSync(file).mtimeMs).toBe(1000);
  expect(readFileSync(file, "utf8").match(/import\("/g)).toHaveLength(1);
  rmSync(join(dir, "views/widgets/price.schema.ts"));
  writeTopics(dir);
  expect(existsSync(file)).toBe(false);
  writeTopics(dir);
});
