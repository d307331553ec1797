import { type DefaultTreeAdapterTypes, parseFragment, serialize, serializeOuter } from "parse5";
import { elementsIn, type HtmlElement, textOf } from "../engine/views/forms/form-fields.ts";
import { VOID } from "../engine/views/templates/root.ts";
import { counted } from "./counted.ts";

type Node = DefaultTreeAdapterTypes.ChildNode;
type Parent = DefaultTreeAdapterTypes.ParentNode;

/** Elements in which every space and line break counts. */
const VERBATIM = /^(?:pre|textarea|script|style)$/;
/** A line break that parsers drop, right behind the tag, also within one of the others: it is written twice. */
const FIRST_BREAK = /<(?:pre|textarea)\b(?:[^>"]|"[^"]*")*>\n/g;

/**
 * HTML as snapshots read well, and stay the same: one element a line, indented, without the space between elements, and with
 * ids that nobody can foresee {@link counted}. It is to be compared, and not to be shown.
 * @param html a fragment, as a widget makes it; or what is in a page
 */
export function formatted(html: string): string {
  return formattedIn(parseFragment(html));
}

/** The same of what is in an element. */
export function formattedIn(parent: Parent): string {
  return counted(linesOf(parent.childNodes, "").join("\n"));
}

function linesOf(nodes: readonly Node[], indent: string): string[] {
  return nodes.flatMap((node) => {
    if ("tagName" in node) return linesOfElement(node, indent);
    const text = plain(serialize({ ...parseFragment(""), childNodes: [node] }));
    return text === "" ? [] : [indent + text];
  });
}

function linesOfElement(element: HtmlElement, indent: string): string[] {
  const open = indent + tagOf(element);
  if (VOID.test(element.tagName)) return [open];
  const close = `</${element.tagName}>`;
  if (VERBATIM.test(element.tagName)) {
    const whole = open + serialize(element) + close;
    return [/^(?:script|style)$/.test(element.tagName) ? whole : whole.replace(FIRST_BREAK, "$&\n")];
  }
  const children = childrenOf(element);
  const lines = linesOf(children, `${indent}  `);
  if (children.some((node) => "tagName" in node)) return [open, ...lines, indent + close];
  return [open + lines.map((line) => line.trim()).join(" ") + close];
}

function childrenOf(element: HtmlElement): readonly Node[] {
  return "content" in element ? (element as DefaultTreeAdapterTypes.Template).content.childNodes : element.childNodes;
}

/** The tag that opens an element. An attribute that is "" is written without its value. */
function tagOf(element: HtmlElement): string {
  const alone = serializeOuter({ ...element, childNodes: [], content: parseFragment("") } as HtmlElement);
  return alone.slice(0, VOID.test(element.tagName) ? undefined : -`</${element.tagName}>`.length).replaceAll('=""', "");
}

/** A page's main element, or its body where there is none: what is around it is the same on all pages. */
export function mainIn(page: DefaultTreeAdapterTypes.Document): Parent {
  const elements = [...elementsIn(page)];
  const named = (name: string) => elements.find(({ tagName }) => tagName === name);
  return named("main") ?? named("body") ?? page;
}

/** The text of an element, as it is read. */
export const wordsIn = (element: Parent): string => plain(textOf(element));

const plain = (text: string) => text.replace(/[ \t\n\f\r]+/g, " ").trim();
