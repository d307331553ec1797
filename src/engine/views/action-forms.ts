import { didYouMean } from "../core/problem.ts";
import { secretSegment } from "../core/topic.ts";
import { escaped } from "./html.ts";

/** Where actions are sent, by their names. */
export const ACTIONS_PATH = "/actions/";
/** The hidden field that tells a press from every other: `<index>.<22 random characters>`, of a form of a page. */
export const ONCE_FIELD = "_once";
/** The hidden field that names the widget whose form was sent. */
export const WIDGET_FIELD = "_widget";

export const REGION_IN_FORM =
  'a form is put in place anew as a whole once it was sent, so that no region stands in it. Put the region beside the form; a button there may name it: <button form="the form’s id">.';

/** A double click is one press: what comes so soon after one that was sent is not sent. */
const THROTTLE_MS = 500;

/** What a template sees to make a form of an action: `action()` for its author, the others for what is put into its forms. */
export interface ActionForms {
  readonly action: (name: unknown, options?: FormOptions) => string;
  /** The hidden fields of the form that ends here. */
  readonly _fields: () => string;
  /** An id for a field whose author gave it none. */
  readonly _id: () => string;
}

export const ACTION_NAMES = ["action", "_fields", "_id"] as const satisfies (keyof ActionForms)[];

export interface FormOptions {
  /**
   * What becomes of a press while another is under way, or has just been sent: `drop` (the default), since the second is then
   * the same as the first; `replace` for several buttons of which the last one that is pressed counts.
   */
  readonly sync?: "drop" | "replace";
}

/** The actions that there are; undefined where that is not to be checked. */
export type KnownActions = ReadonlySet<string> | undefined;

/** What is wrong with an action's name, and what was meant; undefined if nothing is. */
export function notAnAction(name: string, known: KnownActions): string | undefined {
  if (known === undefined || known.has(name)) return undefined;
  const fix = didYouMean(name, known) || ` Write src/actions/${name}.ts.`;
  return `action("${name}"): there is no action “${name}”.${fix}`;
}

/** Of one load of a page: its forms and their fields are counted, so that a later load finds the same ones. */
export class PageForms implements ActionForms {
  readonly #known: KnownActions;
  readonly #counts = new Map<string, number>();
  #forms = 0;
  #fields = 0;
  /** The action of the form that is being written. */
  #open: string | undefined;

  constructor(known: KnownActions) {
    this.#known = known;
  }

  /** Whether what is written now is in a form. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  readonly action = (given: unknown, options: FormOptions = {}): string => {
    const name = checked(given, this.#known);
    this.#open = name;
    this.#forms++;
    this.#fields = 0;
    return attributes(name, options);
  };

  readonly _fields = (): string => {
    if (this.#open === undefined) return "";
    const index = this.#counts.get(this.#open) ?? 0;
    this.#counts.set(this.#open, index + 1);
    this.#open = undefined;
    return hiddenField(ONCE_FIELD, `${index}.${secretSegment()}`);
  };

  // A form's answer is put in the place of all that was in it, and htmx gives the focus back by the id of who had it.
  readonly _id = (): string => ` id="_form-${this.#forms}-${++this.#fields}"`;
}

/** Of a widget, whose forms are the same bytes for all, and are not put in place anew. */
export function widgetForms(widget: string, known: KnownActions): ActionForms {
  return {
    action: (name, options = {}) => attributes(checked(name, known), options),
    _fields: () => hiddenField(WIDGET_FIELD, widget),
    _id: () => "",
  };
}

function checked(name: unknown, known: KnownActions): string {
  const wrong = notAnAction(String(name), known);
  if (wrong !== undefined) throw new Error(wrong);
  return String(name);
}

function attributes(name: string, { sync = "drop" }: FormOptions): string {
  const url = escaped(ACTIONS_PATH + name);
  // Where the last press counts, none is swallowed.
  const trigger = sync === "drop" ? ` hx-trigger="submit throttle:${THROTTLE_MS}ms"` : "";
  return `action="${url}" method="post" hx-post="${url}" hx-swap="none" hx-sync="this:${sync}"${trigger} hx-include="#_regions"`;
}

// Without autocomplete a reload would bring back what the field held before it.
function hiddenField(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escaped(value)}" autocomplete="off">`;
}
