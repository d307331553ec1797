import { didYouMean } from "../engine/core/problem.ts";
import { LOAD_FIELD, REGIONS_FIELD } from "../engine/views/forms/action-forms.ts";
import {
  attribute,
  elementsIn,
  fieldKind,
  fieldsOf,
  type HtmlElement,
  isDisabled,
  optionValue,
  textOf,
} from "../engine/views/forms/form-fields.ts";

/** What a visitor types, chooses and presses, by the names of the fields: `true` ticks, `false` takes the tick away. */
export type PressedFields = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** A form of a page, and the button of it that is pressed, if there is one. */
interface PageForm {
  readonly form: HtmlElement;
  readonly fields: readonly HtmlElement[];
  readonly button: HtmlElement | undefined;
}

const addressOf = (action: string) => `/actions/${action}`;

/**
 * What a browser sends when a form of a page is pressed, after its visitor has filled it.
 * @param action whose form it is, or whose button; of several, the one that has a button or a hidden field as given
 * @returns undefined where the page has no such form
 * @throws Error for a field that the form does not have, with the one that was meant
 */
export function pressIn(
  page: readonly HtmlElement[],
  action: string,
  given: PressedFields,
): URLSearchParams | undefined {
  const forms = formsOf(page, action);
  const form = forms.find((form) => fits(form, given)) ?? forms[0];
  if (form === undefined) return undefined;
  check(form, action, given);
  const sent = new URLSearchParams();
  for (const field of form.fields) {
    const name = attribute(field, "name");
    if (name === undefined || name === "" || isDisabled(field)) continue;
    const told = Object.hasOwn(given, name) && !isButton(field);
    for (const value of told ? filled(field, given[name]!) : own(field, form.button)) sent.append(name, value);
  }
  // What each form of an action includes of its page.
  for (const element of page) {
    const id = attribute(element, "id");
    if (id === REGIONS_FIELD || id === LOAD_FIELD) sent.append(id, attribute(element, "value") ?? "");
  }
  return sent;
}

/** All forms of an action, each once for each of its buttons. */
function formsOf(page: readonly HtmlElement[], action: string): PageForm[] {
  const address = addressOf(action);
  return page
    .filter(({ tagName }) => tagName === "form")
    .flatMap((form): PageForm[] => {
      const fields = fieldsOf(form, page);
      const buttons = fields.filter((field) => isButton(field) && !/^(?:reset|button)$/.test(typeOf(field)));
      const leadsTo = (button?: HtmlElement) =>
        (button && attribute(button, "formaction")) ?? attribute(form, "action");
      if (buttons.length === 0) return leadsTo() === address ? [{ form, fields, button: undefined }] : [];
      return buttons.filter((button) => leadsTo(button) === address).map((button) => ({ form, fields, button }));
    });
}

/** Whether its button, its hidden fields and its choices are those that are given. */
function fits({ fields, button }: PageForm, given: PressedFields): boolean {
  return Object.entries(given).every(([name, value]) => {
    const fixed = fields.filter(
      (field) => attribute(field, "name") === name && (field === button || fieldKind(field) === "hidden"),
    );
    const others = fields.some((field) => attribute(field, "name") === name && !isButton(field));
    return fixed.length === 0 ? others : fixed.some((field) => attribute(field, "value") === String(value));
  });
}

function check({ fields }: PageForm, action: string, given: PressedFields): void {
  const names = [...new Set(fields.flatMap((field) => attribute(field, "name") ?? []))].filter(
    (name) => !name.startsWith("_"),
  );
  for (const [name, value] of Object.entries(given)) {
    const own = fields.filter((field) => attribute(field, "name") === name);
    const has = names.length === 0 ? "It has none." : `It has ${names.join(", ")}.`;
    if (own.length === 0) {
      throw new Error(`The form of “${action}” has no field “${name}”.${didYouMean(name, names) || ` ${has}`}`);
    }
    const values = own.map((field) => attribute(field, "value") ?? "");
    if (own.every(isButton) && !values.includes(String(value))) {
      throw new Error(`The form of “${action}” has no button ${name}=“${value}”. It has ${values.join(", ")}.`);
    }
  }
}

/** What a field sends as its page has it. */
function own(field: HtmlElement, pressed: HtmlElement | undefined): string[] {
  const value = attribute(field, "value");
  if (isButton(field)) return field === pressed ? [value ?? ""] : [];
  if (isTicked(field)) return attribute(field, "checked") === undefined ? [] : [value ?? "on"];
  if (field.tagName === "textarea") return [textOf(field)];
  if (field.tagName !== "select") return [value ?? ""];
  const options = [...elementsIn(field)].filter(({ tagName }) => tagName === "option");
  const chosen = options.filter((option) => attribute(option, "selected") !== undefined);
  const isOne = attribute(field, "multiple") === undefined;
  return (isOne && chosen.length === 0 ? options.slice(0, 1) : chosen).map(optionValue);
}

/** What it sends once its visitor has filled it. */
function filled(field: HtmlElement, given: PressedFields[string]): string[] {
  const value = attribute(field, "value") ?? "on";
  const all = (Array.isArray(given) ? given : [given]).map(String);
  if (!isTicked(field)) return typeof given === "boolean" && !given ? [] : all;
  return given === true || all.includes(value) ? [value] : [];
}

const typeOf = (field: HtmlElement) => attribute(field, "type")?.toLowerCase() ?? "";
const isTicked = (field: HtmlElement) => /^(?:checkbox|radio)$/.test(fieldKind(field));
const isButton = (field: HtmlElement) =>
  field.tagName === "button" || /^(?:submit|image|reset|button)$/.test(fieldKind(field));
