import { escaped } from "../../core/html.ts";
import type { Words } from "../../words/words.ts";
import { attributeOf, htmlTags } from "../templates/root.ts";

/** How often a page without JavaScript is loaded again. */
const REFRESH_S = 30;

/**
 * What becomes of a page that no script keeps up to date.
 * - `lasting`: nothing on it changes any more.
 * - `refreshed`: it is loaded again and again.
 * - `snapshot`: it grows old, since to load it again would wipe what its visitor types, or send a form once more.
 */
export type Aging = "lasting" | "refreshed" | "snapshot";

const CONTROL = /^(?:input|select|textarea)$/;

/** The attribute of a field that keeps what is typed in it, where the region around it is replaced; it needs an id besides. */
export const PRESERVE = "hx-preserve";

/** Whether visitors type, choose or tick something in this HTML. */
export function isTypedInto(html: string): boolean {
  for (const { name, attributes } of htmlTags(html)) {
    if (!CONTROL.test(name) || attributeOf(attributes, "hidden") !== undefined) continue;
    if (isTyped(name, attributeOf(attributes, "type")?.toLowerCase())) return true;
  }
  return false;
}

/** @param name of a form's control @param type the attribute of an input */
export function isTyped(name: string, type: string | undefined): boolean {
  if (name === "button") return false;
  return name !== "input" || !/^(?:hidden|submit|image|button|reset)$/.test(type ?? "text");
}

/** For the head of a page. Where scripts run it does nothing. */
export function refreshElement(aging: Aging): string {
  return aging === "refreshed" ? `<noscript><meta http-equiv="refresh" content="${REFRESH_S}"></noscript>` : "";
}

/** What is said of a page that is loaded again: the same on all of them. */
const refreshed = new WeakMap<Words, string>();

function refreshedText(words: Words): string {
  const text = refreshed.get(words) ?? words.html("without_javascript", { count: REFRESH_S });
  refreshed.set(words, text);
  return text;
}

/** Says how old a page gets, where no script runs. @param address where it is loaded; "" for where it is shown */
export function snapshotElement(words: Words, aging: Aging, address: string): string {
  if (aging === "lasting") return "";
  const text = aging === "refreshed" ? refreshedText(words) : words.html("snapshot", {}, `href="${escaped(address)}"`);
  return `<noscript><p class="banner">${text}</p></noscript>`;
}
