import { fileURLToPath } from "node:url";

/** The lines of an error's stack: not those of its message, which may quote anybody, also what looks like one of these. */
export function stackLines({ message, stack }: Error): string[] {
  const text = String(stack);
  const lines = text.includes(message) ? text.slice(text.indexOf(message) + message.length) : text;
  return lines.split("\n").filter((line) => /^\s+at /.test(line));
}

/** The path of a place that is given by a URL, or by its path. */
export function filePath(place: string): string {
  if (!place.startsWith("file:")) return place;
  try {
    return fileURLToPath(place);
  } catch {
    return place; // of another machine, or with a slash in a name
  }
}
