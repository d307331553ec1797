// Not the tokens of any real model: at most four letters or three digits with the space before them, two signs, or a
// run of white space. Long words are cut, and no code point ever is, as the pattern reads code points.
const TOKEN = / ?\p{L}{1,4}| ?\p{N}{1,3}| ?[^\p{L}\p{N}\s]{1,2}|\s{1,8}/gu;

/** The text in tokens. Put together again they are the text. */
export function* tokensOf(text: string): Generator<string> {
  for (const [token] of text.matchAll(TOKEN)) yield token;
}

/** So much of a text is counted, in UTF-16 code units. The rest is estimated, as counting a megabyte takes its time. */
const COUNTED = 65_536;

export function countTokens(text: string): number {
  let count = 0;
  for (const _ of text.slice(0, COUNTED).matchAll(TOKEN)) count++;
  return count + Math.ceil(Math.max(0, text.length - COUNTED) / 4);
}
