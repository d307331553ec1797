const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;
/** Elements whose content is text up to their own closing tag. */
const TEXT = /^(?:script|style|textarea|title)$/;
/** Elements that HTML lets end without a closing tag. */
const OPTIONAL = /^(?:p|li|dt|dd|option|td|th|tr|tbody|thead|tfoot)$/;
const TAG = /<!--[\s\S]*?(?:-->|$)|<(\/?)([a-zA-Z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^'"<>])*)>/g;

/**
 * What is wrong with the HTML of an item, which must be one element with the id `id`: else it could be neither replaced nor
 * removed, and what is beside it would stay for ever.
 * @returns undefined if nothing is wrong. O(length).
 */
export function notOneRoot(html: string, id: string): string | undefined {
  const open: string[] = [];
  let roots = 0;
  let end = 0; // the end of the last tag so far
  TAG.lastIndex = 0;
  for (let tag = TAG.exec(html); tag !== null; tag = TAG.exec(html)) {
    const outside = html.slice(end, tag.index);
    if (open.length === 0 && outside.trim() !== "") return "it has text beside its element";
    end = TAG.lastIndex;
    if (tag[2] === undefined) continue; // a comment
    const name = tag[2].toLowerCase();
    if (tag[1] === "/") {
      while (open.length > 0 && open.at(-1) !== name && OPTIONAL.test(open.at(-1)!)) open.pop();
      if (open.pop() !== name) return `</${name}> closes nothing`;
      continue;
    }
    if (open.length === 0 && ++roots > 1) return "it has more than one element";
    if (open.length === 0 && idOf(tag[3]!) !== id) return "its element does not carry the id";
    const foreign = name === "svg" || name === "math" || open.includes("svg") || open.includes("math");
    if (VOID.test(name) || (foreign && tag[3]!.endsWith("/"))) continue;
    open.push(name);
    if (TEXT.test(name) && !foreign) TAG.lastIndex = endOfText(html, name, end);
  }
  if (html.slice(end).trim() !== "" && open.length === 0) return "it has text beside its element";
  if (open.length > 0) return `<${open[0]}> is never closed`;
  return roots === 0 && html.trim() !== "" ? "it has no element" : undefined;
}

/** The id among a tag's attributes. */
export function idOf(attributes: string): string | undefined {
  return attributeOf(attributes, "id");
}

/** A tag's attribute, as it is written; "" for one without a value. */
export function attributeOf(attributes: string, wanted: string): string | undefined {
  for (const [, name, double, single, bare] of attributes.matchAll(
    /([^\s"'=/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=]+)))?/g,
  )) {
    if (name!.toLowerCase() === wanted) return double ?? single ?? bare ?? "";
  }
  return undefined;
}

/** A tag in some HTML: its name, with `/` before it where it closes, and where it stands. */
export interface HtmlTag {
  readonly name: string;
  readonly attributes: string;
  readonly start: number;
  readonly end: number;
}

/** The tags of some HTML, without what looks like one in comments, scripts and text fields. O(length). */
export function* htmlTags(html: string): Generator<HtmlTag> {
  const next = new RegExp(TAG);
  for (let tag = next.exec(html); tag !== null; tag = next.exec(html)) {
    if (tag[2] === undefined) continue; // a comment
    const name = tag[2].toLowerCase();
    const end = next.lastIndex;
    if (tag[1] === "" && TEXT.test(name)) next.lastIndex = endOfText(html, name, end);
    yield { name: tag[1] + name, attributes: tag[3]!, start: tag.index, end };
  }
}

/** The attributes of the first tag that opens an element. */
export function firstTag(html: string): { index: number; attributes: string } | undefined {
  for (const { name, attributes, start } of htmlTags(html)) {
    if (!name.startsWith("/")) return { index: start, attributes };
  }
  return undefined;
}

function endOfText(html: string, name: string, from: number): number {
  const found = html.slice(from).search(new RegExp(`</${name}\\b`, "i"));
  return found < 0 ? html.length : from + found;
}
