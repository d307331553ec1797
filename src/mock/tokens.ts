// Not the tokens of any real model: at most four letters or three digits with the space before them, two signs, or a
// run of white space. Long words are cut, and no code point ever is, as the pattern reads code points.
const TOKEN = / ?\p{L}{1,4}| ?\p{N}{1,3}| ?[^\p{L}\p{N}\s]{1,2}|\s{1,8}/gu;

/** The text in tokens. Put together again they are the text. */
export function* tokensOf(text: string): Generator<string> {
  for (const [token] of text.matchAll(TOKEN)) yield token;
}

export function countTokens(text: string): number {
  let count = 0;
  for (const _ of text.matchAll(TOKEN)) count++;
  return count;
}
