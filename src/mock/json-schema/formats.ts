interface Format {
  /** The n-th of its values, from 0: each another one, for a while. */
  readonly make: (n: number) => string;
  /** Nothing that takes its time on any text. */
  readonly is: RegExp;
}

const two = (n: number) => String(n).padStart(2, "0");
const day = (n: number) => `2025-${two(1 + (Math.floor(n / 28) % 12))}-${two(1 + (n % 28))}`;
const hour = (n: number) => `${two(Math.floor(n / 60) % 24)}:${two(n % 60)}:00Z`;
const name = (n: number) => (n === 0 ? "example" : `example${n}`);

const DAY = String.raw`\d{4}-\d\d-\d\d`;
const HOUR = String.raw`\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)`;
const HOST = String.raw`[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?){0,20}`;

/** The formats of JSON Schema. */
export const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ["date", { make: day, is: new RegExp(`^${DAY}$`) }],
  ["time", { make: hour, is: new RegExp(`^${HOUR}$`) }],
  ["date-time", { make: (n) => `${day(n)}T12:00:00Z`, is: new RegExp(`^${DAY}[Tt ]${HOUR}$`) }],
  ["duration", { make: (n) => `P${n + 1}D`, is: /^P[0-9WYMDTHS]{2,40}$/ }],
  ["email", { make: (n) => `${name(n)}@example.com`, is: /^[^@\s]{1,64}@[^@\s]{1,200}$/ }],
  ["idn-email", { make: (n) => `${name(n)}@example.com`, is: /^[^@\s]{1,64}@[^@\s]{1,200}$/ }],
  ["hostname", { make: (n) => `${name(n)}.com`, is: new RegExp(`^${HOST}$`) }],
  ["idn-hostname", { make: (n) => `${name(n)}.com`, is: new RegExp(`^${HOST}$`) }],
  ["ipv4", { make: (n) => `192.0.2.${n % 256}`, is: /^(\d{1,3}\.){3}\d{1,3}$/ }],
  ["ipv6", { make: (n) => `2001:db8::${(n + 1).toString(16)}`, is: /^[0-9a-fA-F:.]{2,45}$/ }],
  ["uri", { make: (n) => `https://example.com/${n}`, is: /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/ }],
  ["url", { make: (n) => `https://example.com/${n}`, is: /^https?:\/\/[^\s]+$/ }],
  ["iri", { make: (n) => `https://example.com/${n}`, is: /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/ }],
  ["uri-reference", { make: (n) => `/example/${n}`, is: /^[^\s]*$/ }],
  ["iri-reference", { make: (n) => `/example/${n}`, is: /^[^\s]*$/ }],
  ["uri-template", { make: (n) => `/example/{id}/${n}`, is: /^[^\s]*$/ }],
  ["json-pointer", { make: (n) => `/example/${n}`, is: /^(\/[^\s]*)?$/ }],
  ["relative-json-pointer", { make: (n) => `${n}/example`, is: /^\d+[#/]?[^\s]*$/ }],
  ["regex", { make: (n) => `^example${n}$`, is: /^[^()[\]\\*+?{}|]*$/ }],
  [
    "uuid",
    {
      make: (n) => `6f1d0c3e-8a4b-4c2d-9e5f-${n.toString(16).padStart(12, "0")}`,
      is: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    },
  ],
  ["byte", { make: (n) => Buffer.from(name(n)).toString("base64"), is: /^[A-Za-z0-9+/]*={0,2}$/ }],
]);
