import type { Feature } from "../engine/feature.ts";

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
    create: on ? async (parts) => (await import("./site.ts")).openDocs(parts) : undefined,
  };
}
