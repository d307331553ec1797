import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SCHEMA_FILE } from "../engine/views/files/value-schema.ts";

/** What TypeScript is told of the schemas, beside them. */
const FILE = "topics.d.ts";

/**
 * Tells TypeScript what the topics of a folder take, by the schemas beside its widgets, so that an editor shows what
 * `publish("price", …)` gets wrong. It stays as it is where nothing has changed, and goes with the last schema.
 */
export function writeTopics(folder: string): void {
  const widgets = join(folder, "views", "widgets");
  const files = existsSync(widgets) ? readdirSync(widgets).sort() : [];
  const schemas = files.filter((file) => SCHEMA_FILE.test(file) && !file.startsWith("_"));
  const path = join(widgets, FILE);
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (schemas.length > 0) {
    const text = declared(schemas);
    if (text !== before) writeFileSync(path, text);
  } else if (before !== "") rmSync(path);
}

/** With quotes where it is no name as it is. */
function nameOf(file: string): string {
  const name = file.replace(SCHEMA_FILE, "");
  return /^\w+$/.test(name) ? name : JSON.stringify(name);
}

function declared(schemas: readonly string[]): string {
  const member = (file: string) => `    ${nameOf(file)}: Taken<typeof import("./${file}").default>;`;
  return `// What the topics take, by the schemas beside this. Written by brooklet dev and brooklet check: change those.
import type { Taken } from "brooklet";

declare module "brooklet" {
  interface Topics {
${schemas.map(member).join("\n")}
  }
}
`;
}
