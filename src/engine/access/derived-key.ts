import { hkdfSync } from "node:crypto";

const KEY_BYTES = 32;

/**
 * A key for one use, made of the server's secret: what is signed for one use is worth nothing for another.
 * @param secret gives the present one: where the log is replaced, it is another
 */
export function derivedKey(use: string, secret: () => string): () => Buffer {
  let made: { from: string; key: Buffer } | undefined;
  return () => {
    const from = secret();
    if (made?.from !== from) made = { from, key: Buffer.from(hkdfSync("sha256", from, "", use, KEY_BYTES)) };
    return made.key;
  };
}
