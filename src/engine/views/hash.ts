import { createHash } from "node:crypto";
import type { TemplateSource } from "./view-files.ts";

/** What tells one set of templates from another: their names, their texts with front matter, and what else goes with them. */
export function hash(sources: ReadonlyMap<string, TemplateSource>, more: readonly string[] = []): string {
  const texts = [...sources.values()].flatMap(({ name, text }) => [name, text]);
  // As JSON, so that no text can pose as the boundary between two.
  return createHash("sha256")
    .update(JSON.stringify([...texts, ...more]))
    .digest("hex")
    .slice(0, 8);
}
