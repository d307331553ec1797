import { type DefaultTreeAdapterTypes, type ParserError, parse, parseFragment } from "parse5";
import { attribute, elementsIn, type HtmlElement } from "../../engine/views/forms/form-fields.ts";

/** Some HTML that was rendered, as browsers read it. */
export interface RenderedHtml {
  readonly root: DefaultTreeAdapterTypes.ParentNode;
  readonly elements: readonly HtmlElement[];
  readonly mistakes: readonly ParserError[];
}

export const readPage = (html: string) => read(html, parse);
/** @param html regions' elements, and what is in them */
export const readFragment = (html: string) => read(html, parseFragment);

function read(html: string, parser: typeof parse | typeof parseFragment): RenderedHtml {
  const mistakes: ParserError[] = [];
  const onParseError = (mistake: ParserError) => mistakes.push(mistake);
  const root = parser(html, { sourceCodeLocationInfo: true, onParseError });
  return { root, elements: [...elementsIn(root)], mistakes };
}

/** The innermost element at a place in the HTML. */
export function elementAt({ elements }: RenderedHtml, offset: number): HtmlElement | undefined {
  return elements.findLast(({ sourceCodeLocation: at }) => at && at.startOffset <= offset && offset < at.endOffset);
}

/** Elements that have the id of one before them. */
export function doubles({ elements }: RenderedHtml): { id: string; element: HtmlElement }[] {
  const seen = new Set<string>();
  return elements.flatMap((element) => {
    const id = attribute(element, "id");
    if (id === undefined) return [];
    const isDouble = seen.has(id);
    seen.add(id);
    return isDouble ? [{ id, element }] : [];
  });
}

/** An element, and all that it stands in, the innermost first. */
export function* outwards(element: HtmlElement): Generator<HtmlElement> {
  let inner: DefaultTreeAdapterTypes.ParentNode | null = element;
  while (inner !== null && "tagName" in inner) {
    yield inner;
    inner = inner.parentNode;
  }
}
