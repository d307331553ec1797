import type { Import } from "./architecture.ts";

/** The page that says where things are, src/README.md, taken apart. */
export interface House {
  /** The folders of its table of layers, in order. */
  readonly layers: readonly string[];
  readonly walks: readonly Walk[];
}

export interface Walk {
  readonly title: string;
  /** Files under src, in order. */
  readonly files: readonly string[];
}

export function readHouse(text: string): House {
  const [, layers = ""] = text.split(/^## Layers$/m);
  const [, walks = ""] = text.split(/^## Five walks$/m);
  return {
    layers: [...layers.split(/^## /m)[0]!.matchAll(/^\| `([^`]+)` \|/gm)].map(([, folder]) => folder!),
    walks: walks
      .split(/^### /m)
      .slice(1)
      .map((walk) => ({
        title: walk.split("\n", 1)[0]!,
        files: [...walk.matchAll(/^\d+\. `([^`]+)` /gm)].map(([, file]) => file!),
      })),
  };
}

/**
 * Whether two files have to do with each other: one imports the other, or both import a third or are imported by it. What all
 * agree on, in core, is no such third.
 */
export function areNear(a: string, b: string, imports: readonly Import[]): boolean {
  const beside = (file: string) =>
    imports
      .flatMap(({ from, to }) => (from === file ? [to] : to === file ? [from] : []))
      .filter((other) => other.endsWith(".ts"));
  const near = new Set(beside(a));
  return a === b || near.has(b) || beside(b).some((other) => near.has(other) && !other.startsWith("engine/core/"));
}
