const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** A text as HTML, or as the value of an attribute in double quotes. */
export function escapeText(text: string): string {
  // Between marks stand many texts of one character, for which to search and replace takes as long as all else that is done.
  if (text.length === 1) return ENTITIES[text] ?? text;
  return /[&<>"]/.test(text) ? text.replace(/[&<>"]/g, (char) => ENTITIES[char]!) : text;
}
