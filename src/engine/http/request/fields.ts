import { Problem } from "../../core/problem.ts";

/**
 * A field of one line, trimmed.
 * @param most characters
 * @throws Problem 422 `field_missing`, `field_too_long`
 */
export function line(fields: URLSearchParams, name: string, label: string, most: number): string {
  const text = (fields.get(name) ?? "").trim();
  if (text === "") throw new Problem(422, "field_missing", `${label} is empty. Write something there.`);
  if (text.length > most) throw new Problem(422, "field_too_long", `${label} has at most ${most} characters.`);
  return text;
}

/**
 * A field of several lines, as they were typed.
 * @param most bytes
 * @throws Problem 422 `text_missing`, 413 `text_too_long`
 */
export function lines(fields: URLSearchParams, name: string, most: number): string {
  // Browsers end a form's lines with CRLF, whatever was typed.
  const text = (fields.get(name) ?? "").replaceAll("\r\n", "\n");
  if (text.trim() === "") throw new Problem(422, "text_missing", "Write something first.");
  if (Buffer.byteLength(text) > most) {
    throw new Problem(413, "text_too_long", `Write at most ${most / 1024} KiB: this is longer.`);
  }
  return text;
}
