import type { DefaultTreeAdapterTypes } from "parse5";

export type HtmlElement = DefaultTreeAdapterTypes.Element;
type Parent = DefaultTreeAdapterTypes.ParentNode;

/** All elements below a node, in document order. */
export function* elementsIn(parent: Parent): Generator<HtmlElement> {
  for (const child of parent.childNodes) {
    if (!("tagName" in child)) continue;
    yield child;
    yield* elementsIn(child);
  }
}

export function attribute({ attrs }: HtmlElement, wanted: string): string | undefined {
  return attrs.find(({ name }) => name === wanted)?.value;
}

/** Sets an attribute. @param value undefined removes it */
export function setAttribute(element: HtmlElement, name: string, value: string | undefined): void {
  element.attrs = element.attrs.filter((given) => given.name !== name);
  if (value !== undefined) element.attrs.push({ name, value });
}

/** All fields of a form: those in it, and those elsewhere with its id in their `form` attribute. */
export function fieldsOf(form: HtmlElement, elements: Iterable<HtmlElement>): HtmlElement[] {
  const inside = new Set(elementsIn(form));
  const id = attribute(form, "id");
  return [...elements].filter((element) => {
    if (!/^(?:input|select|textarea|button)$/.test(element.tagName)) return false;
    const owner = attribute(element, "form");
    return owner === undefined ? inside.has(element) : owner === id;
  });
}

/** The kind of a field: an input's type, else the element's name. */
export function fieldKind(field: HtmlElement): string {
  return field.tagName === "input" ? (attribute(field, "type")?.toLowerCase() ?? "text") : field.tagName;
}

/** Whether a visitor can change its value. */
export function isMendable(field: HtmlElement): boolean {
  return !/^(?:hidden|submit|image|reset|button)$/.test(fieldKind(field));
}

/**
 * Puts what was sent back into the fields, in the tree: values, checks, selections and texts. Hidden fields keep what the
 * template gives them; passwords and files have to be entered again.
 * @returns the elements that changed
 */
export function refill(fields: readonly HtmlElement[], typed: URLSearchParams): HtmlElement[] {
  // Fields of one name have sent their values in document order.
  const left = new Map<string, string[]>();
  for (const name of new Set(fields.map((field) => attribute(field, "name") ?? ""))) left.set(name, typed.getAll(name));
  const changed: HtmlElement[] = [];
  for (const field of fields) {
    // Browsers do not send disabled fields.
    if (isDisabled(field)) continue;
    const values = left.get(attribute(field, "name") ?? "") ?? [];
    const kind = fieldKind(field);
    if (kind === "checkbox" || kind === "radio") {
      setAttribute(field, "checked", taken(values, attribute(field, "value") ?? "on") ? "" : undefined);
      changed.push(field);
    } else if (kind === "select") changed.push(...select(field, values));
    else if (kind === "password" || kind === "file") values.shift();
    else if (!isMendable(field)) taken(values, attribute(field, "value") ?? "");
    else if (values.length > 0) {
      write(field, values.shift()!);
      changed.push(field);
    }
  }
  return changed;
}

function write(field: HtmlElement, value: string): void {
  if (field.tagName !== "textarea") setAttribute(field, "value", value);
  else field.childNodes = [{ nodeName: "#text", value, parentNode: field }];
}

/** The text in an element. */
export function textOf(element: Parent): string {
  return element.childNodes
    .map((node) => ("value" in node ? node.value : "childNodes" in node ? textOf(node) : ""))
    .join("");
}

function select(field: HtmlElement, values: string[]): HtmlElement[] {
  const options = [...elementsIn(field)].filter(({ tagName }) => tagName === "option");
  const several = attribute(field, "multiple") !== undefined;
  const chosen = new Set<HtmlElement>();
  for (const option of options) {
    if ((several || chosen.size === 0) && taken(values, optionValue(option))) chosen.add(option);
  }
  // Where the list no longer has what was chosen, the template's own selection stays.
  if (!several && chosen.size === 0) return [];
  for (const option of options) setAttribute(option, "selected", chosen.has(option) ? "" : undefined);
  return options;
}

export function optionValue(option: HtmlElement): string {
  return (
    attribute(option, "value") ??
    textOf(option)
      .replace(/[\t\n\f\r ]+/g, " ")
      .trim()
  );
}

/** Removes a value from those that were sent. @returns whether it was among them */
function taken(values: string[], value: string): boolean {
  const at = values.indexOf(value);
  if (at >= 0) values.splice(at, 1);
  return at >= 0;
}

export function isDisabled(field: HtmlElement): boolean {
  if (attribute(field, "disabled") !== undefined) return true;
  for (let parent = field.parentNode; parent !== null && "tagName" in parent; parent = parent.parentNode) {
    if (parent.tagName === "fieldset" && attribute(parent, "disabled") !== undefined) return true;
  }
  return false;
}
