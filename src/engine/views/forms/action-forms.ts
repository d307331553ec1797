import { escaped } from "../../core/html.ts";
import { didYouMean } from "../../core/problem.ts";
import { secretSegment } from "../../core/topic.ts";

/** The path to which forms of actions are sent, below the site's base and before the action's name. */
const ACTIONS_PATH = "/actions/";
/**
 * A hidden field of a page's form, which tells this press from every other: `<action>.<index of the form>.<22 random characters>`.
 * Without the random characters each press is another one.
 */
export const ONCE_FIELD = "_once";
/** A hidden field of a page's form, where the page answers a form at another address than its own: its own. */
export const PAGE_FIELD = "_page";
/** A hidden field of each page: the regions that its stream has. */
export const REGIONS_FIELD = "_regions";
/** A hidden field of each page: 22 random characters, which tell this load of it from every other. */
export const LOAD_FIELD = "_load";
/** The action, where there is one, that publishes the first sample of a widget that has no value yet. */
export const SAMPLE_ACTION = "brooklet/sample";
/** The action, where there is one, that publishes what was typed into the gallery's form of a widget. */
export const PUBLISH_ACTION = "brooklet/publish";
/** A hidden field of a widget's form: the widget's name. */
export const WIDGET_FIELD = "_widget";

export const REGION_IN_FORM =
  'a form is put in place anew as a whole once it was sent, so that no region stands in it. Put the region beside the form; a button there may name it: <button form="the form’s id">.';

/** Names a form of a page: the `index`-th, from 0, of the action's forms there. */
export interface FormPlace {
  /** The form's own, also where the button that is pressed names another. */
  readonly action: string;
  readonly index: number;
}

/** @param once what the form's {@link ONCE_FIELD} holds */
export function formPlaceOf(once: string): FormPlace | undefined {
  const [, action, index] = /^([a-z0-9/-]{1,200})\.(\d{1,4})\./.exec(once) ?? [];
  return action === undefined ? undefined : { action, index: Number(index) };
}

/** Whether a press with a hidden field of that value is the same as another with the same in it. */
export const isNamed = (once: string | null): boolean => once !== null && !once.endsWith(".");

/** The hidden field for the next press of a form. */
export const onceField = ({ action, index }: FormPlace, name = secretSegment()) =>
  hiddenField(ONCE_FIELD, `${action}.${index}.${name}`);

/** The hidden field that tells the presses of one page from those of another, where the form is the same on both. */
export const loadField = () => hiddenField(LOAD_FIELD, secretSegment(), LOAD_FIELD);

/** What a template is given for forms of actions: `action()` for its author, the others for what form-source.ts adds. */
export interface ActionForms {
  readonly action: (name: unknown, options?: FormOptions) => string;
  /** The hidden fields of the form that ends here. */
  readonly _fields: () => string;
  /** The id attribute for a field whose author gave it none. */
  readonly _id: () => string;
}

export const ACTION_NAMES = ["action", "_fields", "_id"] as const satisfies (keyof ActionForms)[];

export interface FormOptions {
  /**
   * What happens to a press while another one is under way. `drop`, the default: it is not sent. `replace`: it is sent, and the
   * answer to the other is ignored, for buttons of which the last one pressed counts.
   */
  readonly sync?: "drop" | "replace";
  /**
   * The address of the page at which it is shown, path and query, where that says more than the browser's does: which of several
   * things a page without a query has chosen to show. For forms on pages.
   */
  readonly page?: string | undefined;
}

/** The names of all actions. */
export interface ActionNames extends ReadonlySet<string> {
  /** The file of an action that is not known, where there is one: it was written after the server's start. */
  readonly unread?: (name: string) => string | undefined;
}

/** Undefined where names are not to be checked. */
export type KnownActions = ActionNames | undefined;

/** What the forms of a site may be of, and where they are sent. */
export interface FormTarget {
  readonly actions?: KnownActions;
  /** The path below which all of the site is that its pages ask for; "" by default. */
  readonly base?: string | undefined;
}

/** A sentence about what is wrong with an action's name, with a “did you mean”; undefined if nothing is. */
export function notAnAction(name: string, known: KnownActions): string | undefined {
  if (known === undefined || known.has(name)) return undefined;
  const plain = name.replace(/^\/?(?:(?:src\/)?actions\/)?|\.[jt]s$/g, ""); // whoever wrote its address or its path
  const unread = known.unread?.(plain);
  if (unread !== undefined) {
    return `action("${name}"): ${unread} has not been read, since the server reads actions once. Start it again.`;
  }
  const fix = known.has(plain)
    ? ` Did you mean “${plain}”?`
    : didYouMean(name, known) || ` Write src/actions/${plain}.ts.`;
  return `action("${name}"): there is no action “${name}”.${fix}`;
}

/**
 * For one load of a page. Forms and fields are numbered in the order of the page, so that a later load gives them the same
 * numbers.
 */
export class PageForms implements ActionForms {
  readonly #target: FormTarget;
  readonly #counts = new Map<string, number>();
  #forms = 0;
  #fields = 0;
  /** The form that is being written now; undefined between forms. */
  #open: { readonly action: string; readonly options: FormOptions } | undefined;
  readonly #address: string | undefined;
  readonly #newPress: () => string;

  /**
   * @param given.address the page's own, where it is shown at another: as the answer to a form that was refused
   * @param given.newPress gives what tells a press from every other
   */
  constructor(target: FormTarget, { address, newPress }: { address: string | undefined; newPress: () => string }) {
    this.#target = target;
    this.#address = address;
    this.#newPress = newPress;
  }

  /** Whether what is written now is in a form. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  readonly action = (given: unknown, options: FormOptions = {}): string => {
    const name = checked(given, this.#target);
    this.#open = { action: name, options };
    this.#forms++;
    this.#fields = 0;
    return attributes(name, this.#target, options);
  };

  readonly _fields = (): string => {
    if (this.#open === undefined) return "";
    const { action, options } = this.#open;
    const { sync, page: address = this.#address } = options;
    const index = this.#counts.get(action) ?? 0;
    this.#counts.set(action, index + 1);
    this.#open = undefined;
    const page = address === undefined ? "" : hiddenField(PAGE_FIELD, address);
    // Start, Close and Start again, before any answer: the last is not the first once more.
    return onceField({ action, index }, sync === "replace" ? "" : this.#newPress()) + page;
  };

  // An answer replaces all that is in the form, and htmx restores the focus by the id of the field that had it.
  readonly _id = (): string => ` id="_form-${this.#forms}-${++this.#fields}"`;
}

/** For a widget, whose forms are the same bytes for all visitors, and are not replaced by the answer. */
export function widgetForms(widget: string, target: FormTarget): ActionForms {
  return {
    action: (name, options = {}) => attributes(checked(name, target), target, options),
    _fields: () => hiddenField(WIDGET_FIELD, widget),
    _id: () => "",
  };
}

function checked(name: unknown, { actions }: FormTarget): string {
  const wrong = notAnAction(String(name), actions);
  if (wrong !== undefined) throw new Error(wrong);
  return String(name);
}

function attributes(name: string, { base = "" }: FormTarget, { sync = "drop" }: FormOptions): string {
  const url = escaped(base + ACTIONS_PATH + name);
  return `action="${url}" method="post" hx-post="${url}" hx-swap="none" hx-sync="this:${sync}" hx-include="#${REGIONS_FIELD}, #${LOAD_FIELD}"`;
}

// autocomplete="off", or a browser would restore the field's old value at a reload.
function hiddenField(name: string, value: string, id?: string): string {
  const attributes = id === undefined ? "" : ` id="${id}"`;
  return `<input type="hidden"${attributes} name="${name}" value="${escaped(value)}" autocomplete="off">`;
}
