import type { Feature } from "../engine/feature.ts";
import { wordingsIn } from "../engine/words/words.ts";

/**
 * The documents, at `/docs`.
 * @param on false switches them off
 */
export function docs(on: boolean): Feature {
  // Loaded where they are read: what renders them is of no use to any other server.
  const elsewhere = ["docs"];
  return {
    name: "docs",
    elsewhere,
    words: wordingsIn(import.meta.dirname),
    create: on ? async (parts) => (await import("./site.ts")).openDocs(parts) : undefined,
  };
}
