import { type MayShow, mayShow } from "../core/media.ts";
import { type Markdown, markdownWith } from "../markdown/markdown.ts";

/** What templates see that is not the same on all sites. */
export interface SiteScope {
  readonly markdown: Markdown;
  readonly mayShow: MayShow;
}

/** @param mediaOrigins see {@link mayShow} */
export function siteScope(mediaOrigins: readonly string[] = []): SiteScope {
  const shows = mayShow(mediaOrigins);
  return { markdown: markdownWith(isElsewhere(shows)), mayShow: shows };
}

/** A text's author does not know what is on this server: to it no picture leads, as no link does. */
const isElsewhere =
  (shows: MayShow): MayShow =>
  (address) =>
    typeof address === "string" && /^https?:\/\//i.test(address) && shows(address);
