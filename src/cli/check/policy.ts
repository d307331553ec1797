import { attribute, type HtmlElement } from "../../engine/views/form-fields.ts";
import type { RenderedHtml } from "./document.ts";
import type { Finding } from "./finding.ts";
import type { TemplatesOf } from "./markup.ts";
import { placeOf } from "./place.ts";

/** What a browser leaves out, without a word on the page: the policy that every page is sent with forbids it. */
export function policyFindings({ elements }: RenderedHtml, templatesOf: TemplatesOf): Finding[] {
  return elements.flatMap((element) => {
    const mend = forbidden(element);
    const place = mend === undefined ? undefined : placeOf(element, templatesOf(element));
    return mend === undefined || place === undefined ? [] : [{ ...place, mend: `no page lets ${mend}` }];
  });
}

function forbidden(element: HtmlElement): string | undefined {
  const { tagName, attrs } = element;
  const handler = attrs.find(({ name }) => /^on[a-z]+$/.test(name))?.name;
  if (handler !== undefined) {
    return `${handler}="…" pass. What a button does is an action: <form <%~ action("…") %>><button>…</button></form>.`;
  }
  if (attribute(element, "style") !== undefined) {
    return 'style="…" pass. Write a class, and its rule in public/style.css.';
  }
  if (tagName === "style") return "<style> pass. Put its rules into public/style.css.";
  const isScript = tagName === "script" && /^(?:module|.*javascript)?$/i.test(attribute(element, "type") ?? "");
  return isScript && attribute(element, "src") === undefined
    ? 'a script pass that stands in it. Put it into public, and write <script src="<%= asset("….js") %>" defer></script>.'
    : undefined;
}
