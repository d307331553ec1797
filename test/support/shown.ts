import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";

/** An element as a page shows it, or text. */
interface Shown {
  tag: string;
  attributes: Map<string, string>;
  children: (Shown | string)[];
}

/** What is inside each of these is one thing, such as the text of code that goes on. */
const ONE = /^(?:code|table|tbody)$/;
const BLOCK = "p|li|ul|ol|pre|blockquote|h\\d|hr|table|thead|tbody|tr|td|th|br|div";

/**
 * Fragments as they read one below the other, as elements and text: what was begun in one and goes on in the next is joined.
 * @throws Error where something goes on that was not begun, or a list does not go on with its number
 */
export function shown(...fragments: string[]): string {
  const page: Shown = { tag: "", attributes: new Map(), children: [] };
  for (const html of fragments) join(page, read(parseFragment(html)));
  return written(page, false)
    .replace(new RegExp(` *(</?(?:${BLOCK})\\b[^>]*>) *`, "g"), "$1")
    .trim();
}

function read(node: DefaultTreeAdapterTypes.ParentNode): Shown {
  const tag = "tagName" in node ? node.tagName : "";
  const attributes = new Map("attrs" in node ? node.attrs.map(({ name, value }) => [name, value]) : []);
  const children = node.childNodes.flatMap((child): (Shown | string)[] =>
    child.nodeName === "#text" && "value" in child ? [child.value] : "childNodes" in child ? [read(child)] : [],
  );
  return { tag, attributes, children };
}

function join(to: Shown, from: Shown): void {
  const first = from.children.findIndex((child) => typeof child !== "string" || child.trim() !== "");
  const next = from.children[first];
  const last = to.children.findLast((child) => typeof child !== "string");
  const goesOn = typeof next === "object" && (isOn(next) || (ONE.test(next.tag) && last?.tag === next.tag));
  if (!goesOn) {
    to.children.push(...from.children);
    return;
  }
  if (last?.tag !== next.tag) throw new Error(`<${next.tag}> goes on, and was not begun: ${last?.tag}`);
  if (next.tag === "ol" && numbers(last) !== start(next) + (isOn(item(next)) ? 1 : 0)) {
    throw new Error(`a list goes on with ${start(next)}, where ${numbers(last)} was next`);
  }
  join(last, next);
  to.children.push(...from.children.slice(first + 1));
}

function isOn({ attributes }: Shown): boolean {
  return (attributes.get("class") ?? "").split(" ").includes("on");
}

const start = ({ attributes }: Shown): number => Number(attributes.get("start") ?? 1);
const items = ({ children }: Shown): Shown[] => children.filter((child) => typeof child !== "string");
const item = (list: Shown): Shown => items(list)[0]!;
const numbers = (list: Shown): number => start(list) + items(list).length;

function written({ tag, attributes, children }: Shown, isCode: boolean): string {
  const inner = children
    .map((child) =>
      typeof child === "string"
        ? isCode
          ? child
          : child.replace(/[ \t\n]+/g, " ")
        : written(child, isCode || child.tag === "pre"),
    )
    .join("");
  const kept = [...attributes].filter(([name]) => /^(?:href|start|title|checked)$/.test(name));
  return tag === ""
    ? inner
    : `<${[tag, ...kept.map(([name, value]) => `${name}=${value}`)].join(" ")}>${inner}</${tag}>`;
}
