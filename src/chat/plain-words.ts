const MOST = 1_000;

/** The beginning of a text without the marks of Markdown, for screen readers to read out. */
export function plainWords(text: string): string {
  const plain = text
    .slice(0, 2 * MOST)
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_`#>|~]+|^\s*-+\s/gm, " ")
    .replace(/\s+/g, " ")
    .trim();
  return plain.length <= MOST && text.length <= 2 * MOST
    ? plain
    : `${plain.slice(0, MOST)}… The rest is in the conversation.`;
}
