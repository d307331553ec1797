/**
 * A mistake in a template or in code, for its author: the message has the file and, where it is known, the line, with the lines
 * around it, marked by `>>`. In the log the line alone stands in their place.
 */
export class AuthorError extends Error {
  readonly file: string;
  readonly line: number | undefined;
  /** The message without file and lines. */
  readonly reason: string;
  readonly brief: string;

  constructor(reason: string, { file, line, text, cause }: AuthorPlace & { cause?: unknown }) {
    const said = `${line === undefined ? file : `${file}:${line}`}: ${reason}`;
    const isShown = line !== undefined && text !== undefined;
    super(isShown ? `${said}\n\n${frame(text, line, 2)}` : said, { cause });
    this.name = "AuthorError";
    this.reason = reason;
    this.file = file;
    this.line = line;
    this.brief = isShown ? `${said}\n${frame(text, line, 0)}` : said;
  }
}

export interface AuthorPlace {
  /** As its author knows it: `views/widgets/price.eta`. */
  file: string;
  /** From 1. */
  line?: number | undefined;
  /** The whole file. */
  text?: string | undefined;
}

/** The line, with so many lines `around` it. */
function frame(text: string, line: number, around: number): string {
  const first = Math.max(1, line - around);
  return text
    .split("\n")
    .slice(first - 1, line + around)
    .map((code, i) => `${first + i === line ? " >> " : "    "}${first + i}| ${code}`)
    .join("\n");
}
