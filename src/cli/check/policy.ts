import { type MayShow, mayShow, originOfMedia } from "../../engine/core/media.ts";
import { attribute, type HtmlElement } from "../../engine/views/forms/form-fields.ts";
import type { RenderedHtml } from "./document.ts";
import type { Finding } from "./finding.ts";
import type { TemplatesOf } from "./markup.ts";
import { placeOf } from "./place.ts";

/**
 * What a browser leaves out, without a word on the page: the policy that every page is sent with forbids it.
 * @param mediaOrigins where pictures and media may come from besides
 */
export function policyFindings(
  { elements }: RenderedHtml,
  templatesOf: TemplatesOf,
  mediaOrigins: readonly string[],
): Finding[] {
  const shows = mayShow(mediaOrigins);
  return elements.flatMap((element) => {
    const mend = forbidden(element) ?? unshown(element, shows);
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

const MEDIA: Readonly<Record<string, readonly string[]>> = {
  img: ["src", "srcset"],
  source: ["src", "srcset"],
  video: ["src", "poster"],
  audio: ["src"],
};

/** A picture, a film or a sound from where no page shows any. */
function unshown(element: HtmlElement, shows: MayShow): string | undefined {
  const addresses = (MEDIA[element.tagName] ?? []).flatMap((name) => {
    const written = attribute(element, name) ?? "";
    return name === "srcset" ? written.split(/,\s+/).map((part) => part.trim().split(/\s+/)[0]!) : [written];
  });
  const origin = addresses
    .filter((address) => !shows(address))
    .map(originOfMedia)
    .find(Boolean);
  return origin === undefined
    ? undefined
    : `pictures or media from ${origin} pass. Put the file into public; or set MEDIA_ORIGINS=${origin}, for the server and for this check.`;
}
