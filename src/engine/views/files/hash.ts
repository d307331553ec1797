import { createHash } from "node:crypto";
import type { TemplateSource } from "./view-files.ts";

/**
 * A hash of a set of templates: of their names, their texts with front matter, and `more`. The id of every event holds two, so that
 * they are short: four characters tell 1.6 million sets apart, three 46,656.
 */
export function hash(sources: ReadonlyMap<string, TemplateSource>, more: readonly string[], length: 3 | 4): string {
  const texts = [...sources.values()].flatMap(({ name, text }) => [name, text]);
  // As JSON, so that two different sets never give the same text.
  const digest = createHash("sha256")
    .update(JSON.stringify([...texts, ...more]))
    .digest();
  return digest.readUIntBE(0, 6).toString(36).padStart(length, "0").slice(-length);
}
