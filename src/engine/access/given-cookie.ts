/** Browsers refuse a cookie of over 4 KiB; its value is written in base64, and its name and attributes count, too. */
const MAX_VALUE_BYTES = 2_500;
/** Browsers keep none for longer. */
const MAX_DAYS = 400;

/** What an action has the visitor's browser keep. */
export interface GivenCookie {
  readonly name: string;
  /** Undefined: the browser forgets it. */
  readonly value: string | undefined;
  /** How long it counts. */
  readonly days: number;
  /** `strict`: it is not sent along where a link of another site leads here. `lax` by default. */
  readonly sameSite?: "strict" | "lax";
}

/** @throws Error that names the fix, for its author */
export function checkedCookie(cookie: GivenCookie): GivenCookie {
  const { name, value, days } = cookie;
  if (!/^[a-z][\w-]*$/i.test(name)) fail('its name is made of letters, digits, "-" and "_", such as "user".');
  if (value !== undefined && typeof value !== "string") fail("its value is a text, or undefined to have it forgotten.");
  if (Buffer.byteLength(value ?? "") > MAX_VALUE_BYTES) {
    fail(
      `its value has ${MAX_VALUE_BYTES} bytes at most. Keep what is longer by yourself, and a key to it in the cookie.`,
    );
  }
  if (!(days > 0 && days <= MAX_DAYS)) fail(`it counts for ${MAX_DAYS} days at most, such as { days: 30 }.`);
  return cookie;
}

function fail(why: string): never {
  throw new Error(`setCookie(): ${why}`);
}
