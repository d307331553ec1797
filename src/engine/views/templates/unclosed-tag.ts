import { EtaParseError } from "eta/core";
import { AuthorError } from "../../core/author-error.ts";
import { codeAlone, lineAt, templateParts } from "../files/template-parts.ts";
import type { TemplateSource } from "../files/view-files.ts";
import { compiles } from "./as-javascript.ts";

/**
 * Refuses a template with a tag that is never closed. It ends where the next one ends, and whatever stands between is code of its own:
 * so all that is told of it later is told of another line.
 * @throws AuthorError
 */
export function checkClosed(source: TemplateSource): void {
  const at = unclosedAt(source.code);
  if (at === undefined || compiles(source.code)) return;
  const [bracket] = /^<%[-_]?[=~]?/.exec(source.code.slice(at))!;
  const line = lineAt(source.code, at);
  throw new AuthorError(`this ${bracket} is never closed: write %> where its code ends.`, { ...source, line });
}

function unclosedAt(code: string): number | undefined {
  try {
    const tags = templateParts(code).filter((part) => typeof part !== "string");
    return tags.find((tag) => codeAlone(tag).includes("<%"))?.start;
  } catch (error) {
    const wrong = mistakeIn(code, error);
    if (wrong?.what === "tag") return wrong.at;
    // A quote that is none of its code's, but of what stands between: up to there the tag alone is what is amiss.
    const before = wrong && unclosedAt(code.slice(0, wrong.at));
    return before !== undefined && /<%|<\//.test(code.slice(before + "<%".length, wrong!.at)) ? before : undefined;
  }
}

/** What Eta finds amiss in a template, and where. */
function mistakeIn(code: string, error: unknown): { what: string; at: number } | undefined {
  if (!(error instanceof EtaParseError)) return undefined;
  const [, what, line, column] = /^unclosed (\w+) at line (\d+) col (\d+)/.exec(error.message) ?? [];
  if (what === undefined) return undefined;
  const above = code.split("\n").slice(0, Number(line) - 1);
  return { what, at: above.reduce((at, text) => at + text.length + 1, 0) + Number(column) - 1 };
}
