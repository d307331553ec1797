import type { Brief } from "../ops/entry.ts";

/** A mistake in a template, for its author: the message has the file, the line, and the lines around it, marked by `>>`. */
export class TemplateError extends Error implements Brief {
  readonly file: string;
  readonly line: number;
  /** The message without file and lines. */
  readonly reason: string;
  readonly brief: string;

  constructor(message: string, { file, line, text, cause }: TemplatePlace & { cause?: unknown }) {
    super(`${file}:${line}: ${message}\n\n${frame(text, line, 2)}`, { cause });
    this.name = "TemplateError";
    this.reason = message;
    this.file = file;
    this.line = line;
    this.brief = `${file}:${line}: ${message}\n${frame(text, line, 0)}`;
  }
}

export interface TemplatePlace {
  /** As its author knows it: `views/widgets/price.eta`. */
  file: string;
  /** From 1. */
  line: number;
  /** The whole file. */
  text: string;
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
