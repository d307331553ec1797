import { createHmac, hkdfSync } from "node:crypto";

const KEY_BYTES = 32;

/**
 * Signs texts for one use, by a key that is made of the server's secret: what is signed for one use is worth nothing for another.
 * @param secret gives the present one: where the log is replaced, it is another
 * @returns what gives the 43 characters that only this server can make of a text
 */
export function signer(use: string, secret: () => string): (text: string) => string {
  let made: { from: string; key: Buffer } | undefined;
  return (text) => {
    const from = secret();
    if (made?.from !== from) made = { from, key: Buffer.from(hkdfSync("sha256", from, "", use, KEY_BYTES)) };
    return createHmac("sha256", made.key).update(text).digest("base64url");
  };
}
