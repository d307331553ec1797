import { createHash } from "node:crypto";
import type { TemplateSource } from "./view-files.ts";

/** A hash of a set of templates: of their names, their texts with front matter, and `more`. */
export function hash(sources: ReadonlyMap<string, TemplateSource>, more: readonly string[] = []): string {
  const texts = [...sources.values()].flatMap(({ name, text }) => [name, text]);
  // As JSON, so that two different sets never give the same text.
  return createHash("sha256")
    .update(JSON.stringify([...texts, ...more]))
    .digest("hex")
    .slice(0, 8);
}
