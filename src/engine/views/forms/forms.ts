import { escaped, wellFormed } from "../../core/html.ts";
import { fillNear, near } from "../../core/partial.ts";
import type { Words } from "../../words/words.ts";
import { ACTION_NAMES, type FormPlace, ONCE_FIELD, onceField } from "./action-forms.ts";

/** What each template sees to make a form of. */
export const FORM_NAMES = ["refusal", ...ACTION_NAMES];

/** Why a form was refused, for its visitor. */
export type Reason = string | ProblemReason;

/** A problem’s. */
export interface ProblemReason {
  readonly text: string;
  /** By which it is said in the site’s words; undefined where the text is the author’s. */
  readonly code?: string;
  /** Where its visitor has to log in, if that is why. */
  readonly logIn?: string;
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
export function refusal(words: Words, reason: Reason = ""): string {
  const refused = reason === "" ? "" : refusedText(words, reason);
  const unanswered = `<p class="unanswered">${words.html("no_answer")}</p>`;
  return `<div class="refusal" role="alert">${refused}<input hidden autocomplete="off">${unanswered}</div>`;
}

/** Why a form was refused, in its `refusal()`. */
export const refusedText = (words: Words, reason: Reason) => `<p class="refused">${reasonHtml(words, reason)}</p>`;

/** @param logInAt by default in another tab, so that what was typed in this one stays */
export function reasonHtml(words: Words, reason: Reason, logInAt: "here" | "elsewhere" = "elsewhere"): string {
  const { text: message, code, logIn }: ProblemReason = typeof reason === "string" ? { text: reason } : reason;
  const text = code === undefined ? message : words.why({ code, message });
  const target = logInAt === "here" ? "" : ' target="_blank"';
  const link = logIn === undefined ? "" : ` <a href="${escaped(logIn)}"${target}>${words.html("log_in")}</a>`;
  return escaped(wellFormed(text)) + link;
}

/** What answers a form: that it was taken, or why it was refused. */
export const told = (words: Words, reason?: Reason) => near("find .refusal", refusal(words, reason));
/** Makes the next press of a form that stays as it is another one than the last. */
export const pressedAnew = (place: FormPlace) => near(`find [name=${ONCE_FIELD}]`, onceField(place));
/** Puts a form's content in the place of what was in the one that was sent, whose element stays as it is. */
export const formAgain = (inner: string) => fillNear("closest form", inner);
