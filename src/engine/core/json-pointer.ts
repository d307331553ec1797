/** Where something is in a JSON value, as RFC 6901 has it: `/messages/0/text`; "" for all of it. */
export function pointerTo(keys: readonly PropertyKey[]): string {
  return keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
