import { html as names, type ParserError, serialize } from "parse5";
import type { TemplateSource } from "../../engine/views/files/view-files.ts";
import type { HtmlElement } from "../../engine/views/forms/form-fields.ts";
import { OPTIONAL, VOID } from "../../engine/views/templates/root.ts";
import { elementAt, type RenderedHtml, readFragment, readPage } from "./document.ts";
import type { Finding } from "./finding.ts";
import { placeOf } from "./place.ts";
import type { Validate } from "./validator.ts";

/** The templates in which an element may have been written, the likeliest first. */
export type TemplatesOf = (element: HtmlElement | undefined) => readonly TemplateSource[];

/** Where HTML is not as browsers read it, or not as the standard has it; but for what the engine has made. */
export async function markupFindings(
  rendered: RenderedHtml,
  templatesOf: TemplatesOf,
  validate: Validate | undefined,
): Promise<Finding[]> {
  const wrong = [...misread(rendered), ...unclosed(rendered), ...(validate ? await invalid(rendered, validate) : [])];
  return wrong.flatMap(({ element, mend }) => {
    const place = placeOf(element, templatesOf(element));
    return place === undefined ? [] : [{ ...place, mend }];
  });
}

interface Wrong {
  readonly element: HtmlElement;
  readonly mend: string;
}

/** Told of the element that is not closed. */
const OF_UNCLOSED = /^(?:open-elements-left|closing-of-element-with-open-child)/;

function misread(rendered: RenderedHtml): Wrong[] {
  const others = rendered.mistakes.filter(({ code }) => !OF_UNCLOSED.test(code));
  return others.flatMap(({ code, startOffset }: ParserError) => {
    const element = elementAt(rendered, startOffset);
    const what = code.replaceAll("-", " ");
    return element ? [{ element, mend: `browsers read this otherwise than it is written: ${what}.` }] : [];
  });
}

/** Elements that HTML lets end only by a closing tag, and that have none. */
function unclosed({ elements }: RenderedHtml): Wrong[] {
  return elements
    .filter(({ namespaceURI }) => namespaceURI === names.NS.HTML) // of SVG an element may close itself
    .filter(({ tagName, sourceCodeLocation: at }) => at?.startTag && !at.endTag && !ENDS_BY_ITSELF(tagName))
    .map((element) => ({ element, mend: `this <${element.tagName}> is never closed.` }));
}

const ENDS_BY_ITSELF = (name: string) =>
  VOID.test(name) || OPTIONAL.test(name) || /^(?:html|head|body|optgroup|rt|rp|caption|colgroup)$/.test(name);

/** What the standard does not have. Of how the HTML is written nothing is left: it is read, and written out anew. */
async function invalid({ root, elements }: RenderedHtml, validate: Validate): Promise<Wrong[]> {
  const html = serialize(root);
  const again = root.nodeName === "#document" ? readPage(html) : readFragment(html);
  return (await validate(html)).flatMap(({ message, offset }) => {
    const found = elementAt(again, offset);
    const element = found && elements[again.elements.indexOf(found)];
    return element?.tagName === found?.tagName && element !== undefined
      ? [{ element, mend: `not HTML as the standard has it: ${message}.` }]
      : [];
  });
}
