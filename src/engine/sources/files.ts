import { authorFiles } from "../core/author-files.ts";
import type { Json } from "../core/json.ts";
import { parseTopic, type Topic } from "../core/topic.ts";
import type { Source, SourceModule } from "./every.ts";
import { Readers } from "./readers.ts";

/**
 * Imports every source in a folder; the file's name is the topic, or the beginning of a family's topics. One that
 * exports null has found that there is nothing to read from here, and its topic shows what is published to it.
 * @param known throws if no widget can show the topic
 * @throws AuthorError, with the fix
 */
export function loadSources(dir: URL, known: (topic: Topic) => void): Promise<Map<string, SourceModule>> {
  return authorFiles(dir, "src/sources", async (name, load, file) => {
    known(parseTopic(name));
    const exported = await load();
    if (exported === null) return undefined;
    const made = moduleOf(exported);
    if (made.source instanceof Readers) known(made.source.topic);
    return { ...made, file };
  });
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
