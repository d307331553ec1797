import type { DefaultTreeAdapterTypes } from "parse5";
import { elementsIn } from "../engine/views/form-fields.ts";

/** A page's main element, or its body where there is none: what is around it is the same on all pages. */
export function mainIn(page: DefaultTreeAdapterTypes.Document): DefaultTreeAdapterTypes.ParentNode {
  const elements = [...elementsIn(page)];
  const named = (name: string) => elements.find(({ tagName }) => tagName === name);
  return named("main") ?? named("body") ?? page;
}
