import { codeAlone, lineAt, type TemplateTag } from "../files/template-parts.ts";

const CLOSES: Readonly<Record<string, string>> = { "}": "{", ")": "(", "]": "[" };

/** Which bracket in the code of some tags has no other one, and on which line; undefined where all have. */
export function unbalanced(tags: readonly TemplateTag[]): { line: number; message: string } | undefined {
  const open: { bracket: string; line: number }[] = [];
  for (const tag of tags) {
    const code = codeAlone(tag);
    for (const { 0: bracket, index } of code.matchAll(/[{}()[\]]/g)) {
      const line = tag.line + lineAt(code, index) - 1;
      const opening = CLOSES[bracket];
      if (opening === undefined) open.push({ bracket, line });
      else if (open.pop()?.bracket !== opening)
        return { line, message: `a “${bracket}” closes nothing that is open here` };
    }
  }
  const last = open.at(-1);
  return last && { line: last.line, message: `the “${last.bracket}” that is opened here is never closed` };
}
