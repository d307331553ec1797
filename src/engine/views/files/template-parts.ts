import { Eta } from "eta/core";

/** A tag of a template: its kind (`e`xec, `i`nterpolate, `r`aw), its code and the line on which that begins. */
export interface TemplateTag {
  readonly kind: string;
  readonly code: string;
  readonly line: number;
  /** Where the tag stands in the template, with its brackets. */
  readonly start: number;
  readonly end: number;
}

/** One part of a template: its text, or a tag. */
export type TemplatePart = string | TemplateTag;

const reader = new Eta();

/** The parts of a template, in order. @throws EtaParseError */
export function templateParts(template: string): TemplatePart[] {
  let end = 0;
  return reader.parse(template).map((part) => {
    // Eta gives text as the string literal that it compiles to, and the line of a tag's bracket.
    if (typeof part === "string") return part.replace(/\\([\s\S])/g, (_, char) => (char === "n" ? "\n" : char));
    const start = template.indexOf("<%", end);
    const code = template.indexOf(part.val, start + "<%".length);
    end = template.indexOf("%>", code + part.val.length) + "%>".length;
    return { kind: part.t, code: part.val, line: lineAt(template, code), start, end };
  });
}

/** The line on which a place in a text is, from 1. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** A tag's code without its comments, whose line breaks stay. */
export function uncommented({ code }: TemplateTag): string {
  return code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, " "));
}

/** Texts and comments of JavaScript. */
const NOT_CODE =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|\$\{(?:[^{}]|\{(?:[^{}]|\{[^}]*\})*\})*\}|(?!\$\{)[^\\`])*`|\/\*[\s\S]*?\*\/|(?<![:\w])\/\/.*/g;

/** A tag's code with its texts and comments blank; line breaks stay. */
export function codeAlone({ code }: TemplateTag): string {
  return code.replace(NOT_CODE, (text) => text.replace(/[^\n]/g, " "));
}

/** The tags of a template; none where it has a syntax error, which is reported when it is compiled. */
export function tagsOf(code: string): TemplateTag[] {
  try {
    return templateParts(code).filter((part) => typeof part !== "string");
  } catch {
    return [];
  }
}

/** A template with its tags replaced by as many control characters, so that it can be read as HTML. */
export function masked(code: string, tags: readonly TemplateTag[] = tagsOf(code)): string {
  let [html, end] = ["", 0];
  for (const tag of tags) {
    html += code.slice(end, tag.start) + "\u0001".repeat(tag.end - tag.start);
    end = tag.end;
  }
  return html + code.slice(end);
}
