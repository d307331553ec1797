import type { Line } from "./line.ts";
import type { Container } from "./tree.ts";

/** How many of the open containers a line belongs to. Moves the line past the marks that say so. */
export function goingOn(stack: readonly Container[], line: Line): number {
  for (let i = 0; i < stack.length; i++) {
    const container = stack[i]!;
    if (container.kind === "quote") {
      if (line.indent >= 4 || line.char !== ">") return i;
      line.over(1, 1);
    } else if (container.kind === "item") {
      const { indent, children, on } = container;
      if (line.blank ? children.length === 0 && on !== true : line.indent < indent) return i;
      line.indented(indent);
    }
  }
  return stack.length;
}

/** The index in the stack after the innermost quote. */
export function afterQuotes(stack: readonly Container[]): number {
  return 1 + stack.findLastIndex(({ kind }) => kind === "quote");
}
