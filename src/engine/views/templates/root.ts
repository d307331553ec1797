export const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;
/** Elements whose content is text up to their own closing tag. */
const TEXT = /^(?:script|style|textarea|title)$/;
/** Elements that HTML lets end without a closing tag. */
export const OPTIONAL = /^(?:p|li|dt|dd|option|td|th|tr|tbody|thead|tfoot)$/;
/** Elements that no paragraph holds: where one begins, the paragraph ends. */
const ENDS_P =
  /^(?:address|article|aside|blockquote|details|div|dl|fieldset|figure|footer|form|h[1-6]|header|hr|main|menu|nav|ol|p|pre|section|table|ul)$/;
/** Elements that browsers show as blocks: these, and some that stand in no paragraph anyway. */
const BLOCK = new RegExp(`${ENDS_P.source}|^(?:caption|dd|dt|li|tbody|td|tfoot|th|thead|tr)$`);
const TAG = /<!--[\s\S]*?(?:-->|$)|<(\/?)([a-zA-Z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^'"<>])*)>/g;

/**
 * What is wrong with the HTML of an item, which must be one element with the id `id`: else it could be neither replaced nor
 * removed, and what is beside it would stay for ever.
 * @returns undefined if nothing is wrong. O(length).
 */
export function notOneRoot(html: string, id: string): string | undefined {
  let roots = 0;
  for (const part of outermost(html)) {
    if (part.kind === "mistake") return part.what;
    if (part.kind === "text" && part.text.trim() !== "") return TEXT_BESIDE;
    if (part.kind !== "element") continue;
    if (++roots > 1) return "it has more than one element";
    if (idOf(part.attributes) !== id) return "its element does not carry the id";
  }
  return roots === 0 && html.trim() !== "" ? "it has no element" : undefined;
}

/**
 * Why some HTML cannot be morphed into what a page shows. It must be elements with nothing between them, be it white space or a
 * comment: idiomorph's extension of htmx leaves out what is beside them.
 * @returns undefined if it can. O(length).
 */
export function notMorphable(html: string): string | undefined {
  for (const part of outermost(html)) {
    if (part.kind === "mistake" || part.kind === "split") return part.what;
    if (part.kind === "comment") return "it has a comment beside its element";
    if (part.kind === "text") return part.text.trim() === "" ? "it has white space between elements" : TEXT_BESIDE;
  }
  return undefined;
}

/**
 * Some HTML without the white space between its outermost elements where one of the two is a block, beside which white space
 * does not show. So what a template writes line by line can be morphed. O(length).
 */
export function withoutGaps(html: string): string {
  let kept = "";
  let from = 0;
  let before = "";
  let gap: { start: number; end: number } | undefined;
  for (const part of outermost(html)) {
    if (part.kind === "mistake") return html;
    if (part.kind === "element") {
      if (gap !== undefined && (BLOCK.test(before) || BLOCK.test(part.name))) {
        kept += html.slice(from, gap.start);
        from = gap.end;
      }
      before = part.name;
    }
    gap = part.kind === "text" && part.text.trim() === "" ? part : undefined;
  }
  return kept + html.slice(from);
}

const TEXT_BESIDE = "it has text beside its element";

/** What stands outermost in some HTML; a mistake in it is the last. `split`: an element that ends earlier than it seems to. */
type Outermost =
  | { kind: "element"; name: string; attributes: string }
  | { kind: "text"; text: string; start: number; end: number }
  | { kind: "comment" }
  | { kind: "split"; what: string }
  | { kind: "mistake"; what: string };

function* outermost(html: string): Generator<Outermost> {
  const open: string[] = [];
  let end = 0; // the end of the last tag so far
  const next = new RegExp(TAG);
  for (let tag = next.exec(html); tag !== null; tag = next.exec(html)) {
    if (open.length === 0 && tag.index > end) yield textAt(html, end, tag.index);
    end = next.lastIndex;
    if (tag[2] === undefined) {
      if (open.length === 0) yield { kind: "comment" };
      continue;
    }
    const name = tag[2].toLowerCase();
    if (tag[1] === "/") {
      while (open.length > 0 && open.at(-1) !== name && OPTIONAL.test(open.at(-1)!)) open.pop();
      if (open.pop() !== name) return yield { kind: "mistake", what: `</${name}> closes nothing` };
      continue;
    }
    if (open.length === 0) yield { kind: "element", name, attributes: tag[3]! };
    else if (open.includes("p") && ENDS_P.test(name))
      yield { kind: "split", what: `<${name}> ends the <p> that it is in` };
    const foreign = name === "svg" || name === "math" || open.includes("svg") || open.includes("math");
    if (VOID.test(name) || (foreign && tag[3]!.endsWith("/"))) continue;
    open.push(name);
    if (TEXT.test(name) && !foreign) next.lastIndex = endOfText(html, name, end);
  }
  if (open.length > 0) return yield { kind: "mistake", what: `<${open[0]}> is never closed` };
  if (end < html.length) yield textAt(html, end, html.length);
}

function textAt(html: string, start: number, end: number): Outermost {
  return { kind: "text", text: html.slice(start, end), start, end };
}

/** An element within those that it must stand in: anywhere else an HTML parser drops it. */
export function around(element: string, html: string): string {
  if (/^(?:tbody|thead|tfoot)$/.test(element)) return `<table>${html}</table>`;
  if (element === "tr") return `<table><tbody>${html}</tbody></table>`;
  return element === "li" ? `<ul>${html}</ul>` : html;
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
