const MAX_CHARACTERS = 1_000;

/** The beginning of a text without the marks of Markdown, for screen readers to read out. @param rest is said after it where there is more */
export function plainWords(text: string, rest: string): string {
  const plain = text
    .slice(0, 2 * MAX_CHARACTERS)
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_`#>|~]+|^\s*-+\s/gm, " ")
    .replace(/\s+/g, " ")
    .trim();
  return plain.length <= MAX_CHARACTERS && text.length <= 2 * MAX_CHARACTERS
    ? plain
    : `${plain.slice(0, MAX_CHARACTERS)}… ${rest}`;
}
