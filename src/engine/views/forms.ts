import { fillNear, near } from "../core/partial.ts";
import { ACTION_NAMES } from "./action-forms.ts";
import { escaped } from "./html.ts";

/** What each template sees to make a form of. */
export const FORM_NAMES = ["form", "refusal", ...ACTION_NAMES];

/**
 * The attributes of a form that is sent to a path: by htmx, and without it as by any browser. What its answer changes on the
 * page the server names, so that nothing else ever gets in: no proxy's error page.
 * @param sync what becomes of a press while another is under way: `drop` for what is typed, since the second is then the
 *   same as the first; `replace` for buttons of which the last one counts
 */
export function form(path: string, { sync = "drop" }: { sync?: "drop" | "replace" } = {}): string {
  const url = escaped(path);
  return `action="${url}" method="post" hx-post="${url}" hx-swap="none" hx-sync="this:${sync}"`;
}

/**
 * The place in a form where its visitor is told that it failed: the reason that the server gives, or, where no answer of
 * ours came at all, a sentence that signs.css shows. What remembers that the form was sent is the hidden field: a
 * browser makes it `:user-valid` when it is, and the answer puts a new one in its place.
 */
export function refusal(reason = ""): string {
  const refused = reason === "" ? "" : refusedText(reason);
  const unanswered = '<p class="unanswered">No answer came: this may not have been taken. Try again.</p>';
  return `<div class="refusal" role="alert">${refused}<input hidden autocomplete="off">${unanswered}</div>`;
}

/** Why a form was refused, in its `refusal()`. */
export const refusedText = (reason: string) => `<p class="refused">${escaped(reason)}</p>`;

/** What answers a form: that it was taken, or why it was refused. */
export const told = (reason?: string) => near("find .refusal", refusal(reason));
/** Puts another form in the place of the one that was sent. */
export const anew = (html: string) => near("closest form", html);
/** Puts a form's content in the place of what was in the one that was sent, whose element stays as it is. */
export const formAgain = (inner: string) => fillNear("closest form", inner);
