import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { elementsIn } from "../../src/engine/views/forms/form-fields.ts";

/** The blocks of code on a page, as they are read, whatever is coloured in them. */
export function codesOn(html: string): string[] {
  return [...elementsIn(parse(html))].filter(({ tagName }) => tagName === "pre").map(textIn);
}

function textIn(parent: DefaultTreeAdapterTypes.ParentNode): string {
  const texts = parent.childNodes.map((node) =>
    "value" in node ? node.value : "childNodes" in node ? textIn(node) : "",
  );
  return texts.join("");
}
