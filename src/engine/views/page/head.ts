import { escaped } from "../../core/html.ts";
import { LIMITS } from "../../core/limits.ts";

/** In this order: what an author's own says comes after them. */
const STYLES = ["engine.css", "brooklet.css"];

/**
 * Nothing is inherited, evaluated or kept: a region means the same wherever it stands. Of what fails only our own partials get in,
 * which say why: no proxy's page and no program's JSON.
 */
const HTMX = {
  defaultSettleDelay: 0,
  disableInheritance: true,
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  // Nor `style`, which the policy keeps pages from writing: an element may have one of its reader's extensions.
  attributesToSettle: ["class", "width", "height"],
  selfRequestsOnly: true,
  historyCacheSize: 0,
  // By then an action has its answer, also that it takes too long.
  timeout: LIMITS.actionMs + 5_000,
  ignoreTitle: true,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "[45]..", swap: true, swapOverride: "none", error: true },
  ],
};

/** What every page needs in its head, but for its title. @param refresh see `refreshElement` */
export function headElements(
  asset: (path: string) => string,
  description: string | undefined,
  refresh: string,
): string {
  return [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    ...(!description ? [] : [`<meta name="description" content="${escaped(description)}">`]),
    ...STYLES.map((name) => `<link rel="stylesheet" href="${asset(name)}">`),
    `<meta name="htmx-config" content='${JSON.stringify(HTMX)}'>`,
    ...(refresh === "" ? [] : [refresh]),
    `<script src="${asset("engine.js")}" defer></script>`,
  ].join("\n");
}
