import { AuthorError } from "../../core/author-error.ts";
import { lineAt, masked, type TemplateTag, tagsOf, uncommented } from "../files/template-parts.ts";
import type { TemplateSource } from "../files/view-files.ts";
import { calls } from "../templates/as-javascript.ts";
import { attributeOf, htmlTags } from "../templates/root.ts";
import { checkClosed } from "../templates/unclosed-tag.ts";
import { type KnownActions, notAnAction, REGION_IN_FORM } from "./action-forms.ts";
import { isTyped } from "./without-script.ts";

/** A call of `action`, with the name where it is written out. */
const ACTION = /(?<![.\w$])action\(\s*(?:["'`]([^"'`$\n]*)["'`]\s*[,)])?/;
const REGION = /(?<![.\w$])(?:live|still)\(/;
const REFUSAL = /(?<![.\w$])refusal\(/;

const MISPLACED = 'action() stands in the tag of a form: <form <%~ action("notes/add") %>>.';
const ESCAPED = "<%= action(…) %> shows its attributes as a text: write <%~ action(…) %>.";
const UNCLOSED = "the form that begins here has no </form> in this file, before the next one begins. Write it.";
const TYPED_IN_WIDGET =
  "a form in a widget has buttons and hidden fields only: what is typed there would be lost when the next value comes. Put this form on a page.";

/**
 * Adds to the forms of actions in a template what their author need not write: the element for refusals, hidden fields, and ids
 * of fields, by which the focus is restored; and to buttons that name a form, wherever it stands, their type. Every line keeps its
 * number.
 * @throws AuthorError for what cannot work in such a form
 */
export function withFormParts(source: TemplateSource, known: KnownActions): TemplateSource {
  checkClosed(source); // or else what is told of a form is told of the wrong one
  const { code } = source;
  const tags = tagsOf(code);
  const ofActions = new Set(tags.filter(has(ACTION)));
  if (ofActions.size === 0 && !code.includes("form=")) return source;
  const fail = (message: string, at: number) => new AuthorError(message, { ...source, line: lineAt(code, at) });
  const within = (from: number, to: number) => tags.filter(({ start }) => start >= from && start < to);
  const isWidget = source.name.startsWith("widgets/");
  const added: Addition[] = [];
  let open: { start: number; end: number } | undefined;

  for (const tag of htmlTags(masked(code, tags))) {
    const { name, attributes, start, end } = tag;
    // At the end of the tag: an id that the tag has, even a computed one, comes first, and the first of two counts.
    const add = (text: string) => added.push({ at: end - (/[\s"']\/$/.test(attributes) ? "/>" : ">").length, text });
    // htmx knows which button was pressed outside of its form, and so its name and its action, by this attribute alone.
    const isElsewhere = name === "button" && attributeOf(attributes, "form") !== undefined;
    if (isElsewhere && attributeOf(attributes, "type") === undefined) add(' type="submit"');
    if (name === "form") {
      if (open !== undefined) throw fail(UNCLOSED, open.start);
      const own = within(start, end).filter((call) => ofActions.delete(call));
      for (const call of own) {
        const wrong = unknown(call, known);
        if (wrong !== undefined) throw fail(wrong, call.start);
        if (call.kind === "i" && /^\s*action\(/.test(call.code) && calls(code, "action"))
          throw fail(ESCAPED, call.start);
      }
      if (own.length > 0) open = tag;
    } else if (open !== undefined && name === "/form") {
      const inside = within(open.end, start);
      const region = inside.find(has(REGION));
      if (region !== undefined) throw fail(REGION_IN_FORM, region.start);
      added.push({ at: start, text: `${inside.some(has(REFUSAL)) ? "" : "<%~ refusal() %>"}<%~ _fields() %>` });
      open = undefined;
    } else if (open !== undefined && /^(?:input|select|textarea|button)$/.test(name)) {
      const type = attributeOf(attributes, "type")?.toLowerCase();
      if (isWidget && isTyped(name, type)) throw fail(TYPED_IN_WIDGET, start);
      if (!isWidget && type !== "hidden" && attributeOf(attributes, "id") === undefined) add("<%~ _id() %>");
    }
  }
  if (open !== undefined) throw fail(UNCLOSED, open.start);
  const [misplaced] = ofActions;
  if (misplaced !== undefined && calls(code, "action")) throw fail(MISPLACED, misplaced.start);
  return { ...source, code: withAdded(code, added) };
}

interface Addition {
  readonly at: number;
  readonly text: string;
}

const has = (pattern: RegExp) => (tag: TemplateTag) => pattern.test(uncommented(tag));

/** What is wrong with the name in a call of `action`; undefined if nothing is, or the name is computed. */
function unknown(call: TemplateTag, known: KnownActions): string | undefined {
  const name = ACTION.exec(uncommented(call))?.[1];
  return name === undefined ? undefined : notAnAction(name, known);
}

function withAdded(code: string, added: readonly Addition[]): string {
  let [whole, end] = ["", 0];
  for (const { at, text } of added) {
    whole += code.slice(end, at) + text;
    end = at;
  }
  return whole + code.slice(end);
}
