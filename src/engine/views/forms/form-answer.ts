import { parse } from "parse5";
import { escaped, wellFormed } from "../../core/html.ts";
import { ENGLISH, type Words } from "../../words/words.ts";
import { type FormPlace, formPlaceOf, ONCE_FIELD } from "./action-forms.ts";
import {
  attribute,
  elementsIn,
  fieldsOf,
  type HtmlElement,
  isMendable,
  refill,
  setAttribute,
  textOf,
} from "./form-fields.ts";
import { type ProblemReason, type Reason, refusal, refusedText } from "./forms.ts";

/** A form that was refused. */
export interface RefusedForm {
  /** What its visitor has sent. */
  readonly typed: URLSearchParams;
  /** The reasons, by the names of the fields that have to be mended. */
  readonly fields: Readonly<Record<string, string>>;
  /** The reason that concerns no field. */
  readonly form?: Reason | undefined;
  /** Whether to send it again is the same press once more: of the first it is not known whether it was taken. */
  readonly isUndecided?: boolean;
}

/** A page with one of its forms as the answer shows it. */
export interface AnsweredForm {
  /** The whole page. */
  readonly page: string;
  /** The HTML inside the form's element. */
  readonly inner: string;
}

/** A replacement of a part of a page's HTML. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly html: string;
}

/**
 * A form of a rendered page, as the page has it; or, if it was refused, with what was sent, and the reasons beside the fields,
 * of which the first gets the focus. Everything else of the page stays the same, to the letter.
 * @returns undefined where the page has no such form
 */
export function formIn(
  html: string,
  place: FormPlace,
  refused?: RefusedForm,
  words: Words = ENGLISH,
): AnsweredForm | undefined {
  const elements = [...elementsIn(parse(html, { sourceCodeLocationInfo: true }))];
  const form = elements.find((element) => isAt(element, place));
  const { startTag, endTag } = form?.sourceCodeLocation ?? {};
  if (form === undefined || startTag === undefined || endTag === undefined) return undefined;
  const edits = refused === undefined ? [] : editsOf(words, elements, form, place, refused);
  return {
    page: edited(html, edits, 0, html.length),
    inner: edited(html, edits, startTag.endOffset, endTag.startOffset),
  };
}

/** All reasons in one, where they cannot stand beside their fields. */
export function reasonsOf({ fields, form }: RefusedForm): Reason {
  return inOne(form, Object.values(fields));
}

/** A reason that concerns no field, if there is one, and others. */
function inOne(reason: Reason = "", others: readonly string[]): Reason {
  if (others.length === 0) return reason;
  const { text, logIn }: ProblemReason = typeof reason === "string" ? { text: reason } : reason;
  const all = [text, ...others].filter((part) => part !== "").join(" ");
  return logIn === undefined ? all : { text: all, logIn };
}

/** Whether it is this form: found by its hidden field, which forms of widgets do not have. */
function isAt(form: HtmlElement, { action, index }: FormPlace): boolean {
  if (form.tagName !== "form") return false;
  const once = onceOf(form);
  const place = once && formPlaceOf(attribute(once, "value") ?? "");
  return place?.action === action && place.index === index;
}

const onceOf = (form: HtmlElement) =>
  [...elementsIn(form)].find((element) => attribute(element, "name") === ONCE_FIELD);

function editsOf(
  words: Words,
  elements: readonly HtmlElement[],
  form: HtmlElement,
  place: FormPlace,
  { typed, fields: reasons, form: reason, isUndecided = false }: RefusedForm,
): Edit[] {
  const fields = fieldsOf(form, elements);
  const inside = new Set(elementsIn(form));
  const changed = new Set(refill(fields, typed));
  const once = isUndecided ? onceOf(form) : undefined;
  if (once !== undefined) {
    setAttribute(once, "value", typed.get(ONCE_FIELD) ?? "");
    changed.add(once);
  }
  const edits: Edit[] = [];
  const elsewhere: string[] = [];
  const told = new Set<HtmlElement>();

  for (const [name, why] of Object.entries(reasons)) {
    const own = fields.filter((field) => attribute(field, "name") === name && isMendable(field));
    for (const field of own) setAttribute(field, "aria-invalid", "true");
    for (const field of own) changed.add(field);
    // A reason stands within the form, since only that is replaced by the answer.
    const last = own.filter((field) => inside.has(field)).at(-1);
    if (last === undefined) {
      elsewhere.push(why);
      continue;
    }
    const id = `_refused-${place.action}-${place.index}-${name}`.replace(/[^\w-]/g, "-");
    for (const field of own) setAttribute(field, "aria-describedby", described(field, id));
    for (const field of own) told.add(field);
    edits.push(after(outermost(last, form), `<p class="refused" id="${id}">${shown(why)}</p>`));
  }
  const first = fields.find((field) => told.has(field) && inside.has(field));
  if (first !== undefined) edits.push(...focus(first, elements, changed));
  const whole = inOne(reason, elsewhere);
  if (whole !== "") edits.push(toldIn(words, form, whole));
  return [...edits, ...[...changed].flatMap(rewritten)];
}

const shown = (text: string) => escaped(wellFormed(text));

const described = (field: HtmlElement, id: string) => `${attribute(field, "aria-describedby") ?? ""} ${id}`.trim();

/** The element after which a reason stands: the field; or its label, or its paragraph, if one is around it. */
function outermost(field: HtmlElement, form: HtmlElement): HtmlElement {
  let found = field;
  for (let parent = field.parentNode; parent !== null && parent !== form; ) {
    if (!("tagName" in parent)) break;
    if (/^(?:label|p)$/.test(parent.tagName)) found = parent;
    parent = parent.parentNode;
  }
  return found;
}

function after({ sourceCodeLocation }: HtmlElement, html: string): Edit {
  const { endOffset } = sourceCodeLocation!;
  return { start: endOffset, end: endOffset, html };
}

/** Moves `autofocus` to a field. There must be one only: of several, browsers take the first, and htmx the last. */
function focus(field: HtmlElement, elements: readonly HtmlElement[], changed: ReadonlySet<HtmlElement>): Edit[] {
  const others = elements.filter((element) => element !== field && attribute(element, "autofocus") !== undefined);
  setAttribute(field, "autofocus", "");
  return others.flatMap((other) => {
    setAttribute(other, "autofocus", undefined);
    return changed.has(other) ? [] : rewritten(other).slice(0, 1);
  });
}

/** Puts a reason that concerns no field into the form's `refusal()` element. */
function toldIn(words: Words, form: HtmlElement, why: Reason): Edit {
  const place = [...elementsIn(form)].find((element) => /\brefusal\b/.test(attribute(element, "class") ?? ""));
  const at = place?.sourceCodeLocation?.startTag?.endOffset ?? form.sourceCodeLocation!.endTag!.startOffset;
  return { start: at, end: at, html: place === undefined ? refusal(words, why) : refusedText(words, why) };
}

/** Replaces an element's tag by one with its present attributes, and a text field's content. */
function rewritten(element: HtmlElement): Edit[] {
  const { startTag, endTag, endOffset } = element.sourceCodeLocation!;
  const attributes = element.attrs.map(({ name, value }) => ` ${name}${value === "" ? "" : `="${shown(value)}"`}`);
  const tag = {
    start: startTag!.startOffset,
    end: startTag!.endOffset,
    html: `<${element.tagName}${attributes.join("")}>`,
  };
  if (element.tagName !== "textarea") return [tag];
  // HTML parsers drop the first line break after <textarea>.
  return [tag, { start: tag.end, end: endTag?.startOffset ?? endOffset, html: `\n${shown(textOf(element))}` }];
}

function edited(html: string, edits: readonly Edit[], from: number, to: number): string {
  let [whole, end] = ["", from];
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < from || edit.end > to) continue;
    whole += html.slice(end, edit.start) + edit.html;
    end = edit.end;
  }
  return whole + html.slice(end, to);
}
