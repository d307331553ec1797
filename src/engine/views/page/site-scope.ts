import { type Charts, charts } from "../../charts/chart.ts";
import { type MayShow, mayShow } from "../../core/media.ts";
import { type Formatting, formatIn } from "../../format/format.ts";
import { asDigits } from "../../format/written.ts";
import { type Markdown, markdownWith } from "../../markdown/markdown.ts";
import type { Words } from "../../words/words.ts";
import { refusal } from "../forms/forms.ts";

/** What templates see that is not the same on all sites. */
export interface SiteScope {
  readonly words: Words;
  readonly format: Formatting;
  readonly chart: Charts;
  readonly asDigits: typeof asDigits;
  readonly refusal: () => string;
  readonly markdown: Markdown;
  readonly mayShow: MayShow;
}

/** @param mediaOrigins see {@link mayShow} */
export function siteScope(words: Words, mediaOrigins: readonly string[] = []): SiteScope {
  const shows = mayShow(mediaOrigins);
  return {
    words,
    format: formatIn(words.numberLang),
    chart: charts(words),
    asDigits: (value, most, least, lang = words.lang) => asDigits(value, most, least, lang),
    refusal: () => refusal(words),
    markdown: markdownWith(isElsewhere(shows)),
    mayShow: shows,
  };
}

/** A text's author does not know what is on this server: to it no picture leads, as no link does. */
const isElsewhere =
  (shows: MayShow): MayShow =>
  (address) =>
    typeof address === "string" && /^https?:\/\//i.test(address) && shows(address);
