import { readdir } from "node:fs/promises";
import type { Json } from "../core/json.ts";
import { parseTopic, type Topic } from "../core/topic.ts";
import type { Source, SourceModule } from "./every.ts";

/**
 * Imports every source in a folder; the file's name is the topic, or the first segment of a family's topics. One that
 * exports null has found that there is nothing to read from here, and its topic shows what is published to it.
 * @param known throws if no widget can show the topic
 * @throws Error that names the file, and the fix
 */
export async function loadSources(dir: URL, known: (topic: Topic) => void): Promise<Map<string, SourceModule>> {
  const sources = new Map<string, SourceModule>();
  // Git keeps no empty folder: an application without sources has none.
  const files = await readdir(dir).catch((error) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const file of files.sort()) {
    if (!/\.[jt]s$/.test(file) || file.endsWith(".d.ts")) continue;
    const name = file.slice(0, -3);
    try {
      const topic = parseTopic(name);
      known(topic);
      const loaded: { default?: unknown } = await import(new URL(file, dir).href);
      if (loaded.default !== null) sources.set(name, moduleOf(loaded.default));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`source ${file}: ${reason}`, { cause: error });
    }
  }
  return sources;
}

function moduleOf(exported: unknown): SourceModule {
  if (isSource(exported)) return { source: exported, always: false };
  const { source, always } = (exported ?? {}) as { source?: unknown; always?: unknown };
  if (isSource(source)) return { source, always: always === true };
  throw new TypeError("it exports no source. Write: export default every(1000, () => …)");
}

function isSource(value: unknown): value is Source {
  return (
    typeof value === "function" ||
    (typeof value === "object" && value !== null && Symbol.asyncIterator in (value as AsyncIterable<Json>))
  );
}
