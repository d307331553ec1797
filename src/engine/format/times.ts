/** An ISO time that names no zone. JavaScript would take it for the machine's own, so that nodes would differ. */
const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/;
const ISO = /^\d{4}-\d\d(?:-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))?)?$/;
/** The time of an HTTP header or of a mail: `Sat, 21 Nov 2026 14:03:07 GMT`. */
const MAIL = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)? (?:GMT|UTC|[+-]\d{4})$/;

/**
 * The time that a value says: milliseconds since 1970, an ISO text, which is of UTC where it names no zone, or a Date.
 * @returns milliseconds since 1970; NaN where it is none
 */
export function timeOf(value: unknown): number {
  if (typeof value === "string") {
    const text = value.trim();
    if (WITHOUT_ZONE.test(text)) return Date.parse(`${text.replace(" ", "T")}Z`);
    return ISO.test(text) || MAIL.test(text) ? Date.parse(text) : Number.NaN;
  }
  if (value instanceof Date) return value.getTime();
  return typeof value === "number" ? new Date(value).getTime() : Number.NaN; // beyond the years that there are it is NaN
}
