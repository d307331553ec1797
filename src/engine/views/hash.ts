import { createHash } from "node:crypto";
import type { TemplateSource } from "./view-files.ts";

/** The id of every event holds two of these: four characters tell 1.6 million sets of templates apart. */
const LENGTH = 4;

/** A hash of a set of templates: of their names, their texts with front matter, and `more`. */
export function hash(sources: ReadonlyMap<string, TemplateSource>, more: readonly string[] = []): string {
  const texts = [...sources.values()].flatMap(({ name, text }) => [name, text]);
  // As JSON, so that two different sets never give the same text.
  const digest = createHash("sha256")
    .update(JSON.stringify([...texts, ...more]))
    .digest();
  return digest.readUIntBE(0, 6).toString(36).padStart(LENGTH, "0").slice(-LENGTH);
}
