import { type Json, parseJson } from "../core/json.ts";

/**
 * What a program wrote without saying what it is: JSON where it is an object, a list, true, false or null; a number where
 * writing that number gives the same characters again, as 1.10, 12e5678 and a long serial number would not; else the text
 * itself. JSON that a publisher may not send, such as 10,000 levels, stays text too: one such value should not end the source.
 */
export function jsonOrText(written: string): Json {
  const text = written.replace(/^\uFEFF/, ""); // a byte order mark, which some editors begin a file with
  if (/^\s*(?:[[{]|(?:true|false|null)\s*$)/.test(text)) {
    try {
      return parseJson(text);
    } catch {
      return text;
    }
  }
  const number = Number(text);
  return String(number) === text && Number.isFinite(number) ? number : text;
}
