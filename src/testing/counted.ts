/** 22 random characters, such as a visitor's id; of small letters and “-” alone it is a word of the author's. */
const SECRET = /(?:(?<=%2F)|(?<![\w-]))(?=[a-z_-]*[A-Z0-9])[\w-]{22}(?![\w-])/g;
/** What an element's id has in place of a name that is not plain: it is another one with another visitor's id. */
const HASH = /(?<=\w__i?)[0-9a-f]{16}(?![0-9a-f])/g;

/** A text with all ids that nobody can foresee counted, in the order in which they come: `id-1`, `id-2`; `random__1`. */
export function counted(text: string): string {
  return byOrder(byOrder(text, SECRET, "id-"), HASH, "");
}

function byOrder(text: string, pattern: RegExp, prefix: string): string {
  const numbers = new Map<string, number>();
  return text.replace(pattern, (id) => {
    const number = numbers.get(id) ?? numbers.size + 1;
    numbers.set(id, number);
    return `${prefix}${number}`;
  });
}
