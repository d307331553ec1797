import { escaped, wellFormed } from "../core/html.ts";
import { fillNear, near } from "../core/partial.ts";
import { ACTION_NAMES, type FormPlace, ONCE_FIELD, onceField } from "./action-forms.ts";

/** What each template sees to make a form of. */
export const FORM_NAMES = ["refusal", ...ACTION_NAMES];

/** Why a form was refused, for its visitor. */
export type Reason = string | ReasonToLogIn;

/** That its visitor has to log in, and where. */
export interface ReasonToLogIn {
  readonly text: string;
  readonly logIn: string;
}

/** So long after the last letter what is typed is told. */
const TYPING_PAUSE_MS = 500;

/**
 * The attributes of a field of a form that tell a path, as a POST of the form's fields, what is typed while it is not sent yet.
 * The form's own sending ends that: of two at once, the second could overtake the first.
 */
export function toldWhileTyped(path: string): string {
  return `hx-post="${escaped(path)}" hx-trigger="input changed delay:${TYPING_PAUSE_MS}ms" hx-swap="none" hx-sync="closest form:abort"`;
}

/**
 * The place in a form where its visitor is told that it failed: the reason that the server gives, or, where no answer of
 * ours came at all, a sentence that signs.css shows. What remembers that the form was sent is the hidden field: a
 * browser makes it `:user-valid` when it is, and the answer puts a new one in its place.
 */
export function refusal(reason: Reason = ""): string {
  const refused = reason === "" ? "" : refusedText(reason);
  const unanswered = '<p class="unanswered">No answer came: this may not have been taken. Try again.</p>';
  return `<div class="refusal" role="alert">${refused}<input hidden autocomplete="off">${unanswered}</div>`;
}

/** Why a form was refused, in its `refusal()`. */
export const refusedText = (reason: Reason) => `<p class="refused">${reasonHtml(reason)}</p>`;

/** @param logInAt by default in another tab, so that what was typed in this one stays */
export function reasonHtml(reason: Reason, logInAt: "here" | "elsewhere" = "elsewhere"): string {
  const { text, logIn } = typeof reason === "string" ? { text: reason, logIn: undefined } : reason;
  const target = logInAt === "here" ? "" : ' target="_blank"';
  const link = logIn === undefined ? "" : ` <a href="${escaped(logIn)}"${target}>Log in</a>`;
  return escaped(wellFormed(text)) + link;
}

/** What answers a form: that it was taken, or why it was refused. */
export const told = (reason?: Reason) => near("find .refusal", refusal(reason));
/** Makes the next press of a form that stays as it is another one than the last. */
export const pressedAnew = (place: FormPlace) => near(`find [name=${ONCE_FIELD}]`, onceField(place));
/** Puts a form's content in the place of what was in the one that was sent, whose element stays as it is. */
export const formAgain = (inner: string) => fillNear("closest form", inner);
