const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  // An HTML parser drops NUL in one place and replaces it in another: replaced here, it is the same everywhere.
  "\0": "\uFFFD",
};

export function escaped(text: string): string {
  return /[&<>"'\0]/.test(text) ? text.replace(/[&<>"'\0]/g, (char) => ENTITIES[char]!) : text;
}

/** A value as `<%= %>` writes it, before escaping: what is missing is nothing, and an object is shown as its JSON. */
export function print(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Half a surrogate pair cannot be encoded: what is sent as U+FFFD is rendered as U+FFFD. */
export function wellFormed(html: string): string {
  return /\p{Cs}/u.test(html) ? html.replace(/\p{Cs}/gu, "\uFFFD") : html;
}
