/** What its author has to mend in a template, with the place: file, line, and `>>` at the line. */
export class TemplateError extends Error {
  readonly file: string;
  readonly line: number;
  /** The message without the place. */
  readonly reason: string;

  constructor(message: string, { file, line, text, cause }: Place & { cause?: unknown }) {
    super(`${file}:${line}: ${message}\n\n${frame(text, line)}`, { cause });
    this.name = "TemplateError";
    this.reason = message;
    this.file = file;
    this.line = line;
  }
}

export interface Place {
  /** As its author knows it: `views/widgets/price.eta`. */
  file: string;
  /** From 1. */
  line: number;
  /** The whole file. */
  text: string;
}

function frame(text: string, line: number): string {
  const first = Math.max(1, line - 2);
  return text
    .split("\n")
    .slice(first - 1, line + 2)
    .map((code, i) => `${first + i === line ? " >> " : "    "}${first + i}| ${code}`)
    .join("\n");
}
