import { escaped } from "../core/html.ts";
import { ENGLISH } from "../words/words.ts";
import { headElements } from "./page/head.ts";
import { beat, notice, pulse } from "./page/page-elements.ts";

/** How often the page asks whether what it shows is mended. */
const ASK_S = 1;

/**
 * The page that stands at every address while a mistake of its author's keeps a server from starting, and at those that a mistake
 * keeps from being there; it is made of nothing that is the author's. The server that has other templates has it loaded again: see
 * routes/here.ts.
 * @param detail the mistake: a sentence, and lines of a file after an empty one; undefined where the author is not to be told
 * @param edition of the templates; "" where there are none
 */
export function mistakePage(
  message: string,
  detail: string | undefined,
  asset: (path: string) => string,
  edition = "",
): string {
  const [reason = "", ...lines] = (detail ?? "").split("\n\n").map(escaped);
  const where =
    lines.length === 0
      ? ""
      : `<pre class="code" role="region" tabindex="0" aria-label="The lines"><code>${lines.join("\n\n")}</code></pre>`;
  const waits =
    detail === undefined
      ? ""
      : `<br>This page loads again once that is mended.<i hidden hx-get="/here?mended=${edition}" hx-trigger="every ${ASK_S}s" hx-swap="none"></i>`;
  return `<!doctype html>
<html lang="en">
<head>
<title>To mend</title>
${headElements(asset, undefined, "")}
</head>
<body>
<main id="_main">
<p class="crumb">Brooklet</p>
<h1>${escaped(message)}</h1>
<p class="lead">${reason}${waits}</p>
${where}
</main>
</body>
</html>
`;
}

/** What a page that is open meanwhile shows: the mistake, above what it showed before, and that nothing new comes. */
export function mistakeNotice(mistake: string, asset: (path: string) => string): string {
  return pulse(beat(ENGLISH, "away", asset("broken.html"))) + notice(ENGLISH, { mistake });
}
