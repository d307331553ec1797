const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** In characters: up to here a look at each takes less time than a search with an expression does to begin. */
const SHORT = 24;

/** A text as HTML, or as the value of an attribute in double quotes. */
export function escapeText(text: string): string {
  // Between marks stand many short texts, for which to search and replace takes as long as all else that is done.
  if (text.length <= SHORT) return escapeShort(text);
  return /[&<>"]/.test(text) ? text.replace(/[&<>"]/g, (char) => ENTITIES[char]!) : text;
}

function escapeShort(text: string): string {
  let html = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Letters, which come most, are above all four.
    if (code > 62 || (code !== 38 && code !== 34 && code !== 60 && code !== 62)) continue;
    html += text.slice(from, at) + ENTITIES[text[at]!];
    from = at + 1;
  }
  return from === 0 ? text : html + text.slice(from);
}
