const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  // HTML parsers drop NUL in some places and replace it in others. Replaced here, it is the same everywhere.
  "\0": "\uFFFD",
};

export function escaped(text: string): string {
  return /[&<>"'\0]/.test(text) ? text.replace(/[&<>"'\0]/g, (char) => ENTITIES[char]!) : text;
}

/** A value as `<%= %>` writes it, before escaping: nothing for what is missing, and an object as its JSON. */
export function print(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Replaces lone halves of surrogate pairs by U+FFFD, as encoding does: so that what is compared is what is sent. */
export function wellFormed(html: string): string {
  return html.toWellFormed();
}
