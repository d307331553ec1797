/** The kinds of characters that emphasis distinguishes. */
export const SPACE = 1;
export const PUNCTUATION = 2;

const kinds = new Uint8Array(128);
for (const code of [9, 10, 11, 12, 13, 32]) kinds[code] = SPACE;
for (let code = 33; code < 127; code++) if (!/[0-9A-Za-z]/.test(String.fromCharCode(code))) kinds[code] = PUNCTUATION;

/** @returns SPACE, PUNCTUATION or 0 */
export function kindOf(codePoint: number): number {
  if (codePoint < 128) return kinds[codePoint]!;
  const char = String.fromCodePoint(codePoint);
  return /\s/.test(char) ? SPACE : /[\p{P}\p{S}]/u.test(char) ? PUNCTUATION : 0;
}

/** Whether it is ASCII punctuation: after a backslash such a character stands for itself. */
export function isPunctuation(code: number): boolean {
  return code < 128 && kinds[code] === PUNCTUATION;
}

const bytes = new Float32Array(128).fill(1.25);
for (const [chars, most] of [
  ['&<>"', 6],
  ["*_`\\", 7],
  ["$", 14],
  ["@", 90],
] as const) {
  for (const char of chars) bytes[char.charCodeAt(0)] = most;
}

/**
 * How many bytes of HTML a character of a text may make; one of an address at most twice as many.
 * @param before the character before it
 */
export function weightOf(code: number, before: number): number {
  if (code >= 128) return 6;
  const makesLink = (code === 47 && before === 47) || (code === 40 && before === 93) || (code === 58 && before === 111);
  return makesLink ? 90 : bytes[code]!; // “//”, “](”, “o:”
}

/** Replaces control characters by the characters that picture them: they are invisible, and some upset programs. */
export function pictured(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\0-\x08\x0B\x0C\x0E-\x1F\x7F]/g, (char) =>
    char === "\x7F" ? "\u2421" : String.fromCharCode(0x2400 + char.charCodeAt(0)),
  );
}
