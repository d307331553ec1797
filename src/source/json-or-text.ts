import { parseJson } from "../json.ts";
import type { Json } from "../log/record.ts";

/**
 * What a program wrote without saying what it is: JSON where it is that, else the text itself. JSON that a publisher may
 * not send, such as 10,000 levels, stays text too, since one such value should not end the source.
 */
export function jsonOrText(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
