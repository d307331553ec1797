import { parse } from "parse5";
import { attribute, type HtmlElement } from "../../engine/views/forms/form-fields.ts";
import { addressOf } from "../../engine/views/page/page-paths.ts";
import type { WidgetView } from "../../engine/views/widget-view.ts";
import { mainIn, wordsIn } from "../../testing/formatted.ts";
import type { TestBrooklet } from "../../testing/testing.ts";
import { doubles, outwards, readPage } from "./document.ts";
import type { Finding } from "./finding.ts";
import { Links } from "./links.ts";
import { markupFindings, type TemplatesOf } from "./markup.ts";
import { placeOf } from "./place.ts";
import { policyFindings } from "./policy.ts";
import type { CheckedSite } from "./site.ts";
import type { Validate } from "./validator.ts";

/** How many of a list’s samples stand on its pages. */
const MOST_ITEMS = 20;

const NO_EXAMPLE =
  "nothing is known that its path may be, so that it was not looked at. In “params” list the values, or a pattern that takes “example”, the name of the parameter or 1.";

/** What is wrong with the pages, as a server shows them whose topics hold the samples. */
export async function pageFindings(
  site: CheckedSite,
  brooklet: TestBrooklet,
  validate: Validate | undefined,
): Promise<Finding[]> {
  for (const widget of site.widgets) await publishSamples(brooklet, widget);
  const links = new Links(site, brooklet.url);
  const findings: Finding[] = [];
  for (const name of site.views.pages) {
    const example = site.views.paths.example(name);
    if (example === undefined) {
      findings.push({ file: site.ofPage(name)[0]!.file, mend: NO_EXAMPLE });
      continue;
    }
    const { file } = site.ofPage(name)[0]!;
    const told = brooklet.reports.find(({ text }) => text.startsWith(`${file}: `));
    if (told !== undefined) {
      findings.push({ file, mend: told.text.slice(`${file}: `.length) }); // it has no address of its own
      continue;
    }
    const path = addressOf(example);
    const response = await fetch(brooklet.url + path, { headers: { accept: "text/html" } });
    const html = await response.text();
    if (!response.ok) {
      findings.push({ file, mend: `the page is not shown: ${wordsIn(mainIn(parse(html)))}` });
      continue;
    }
    const page = readPage(html);
    const templatesOf: TemplatesOf = (element) => {
      const widget = element && widgetAround(site, element);
      return widget === undefined ? site.ofPage(name) : site.ofWidget(widget);
    };
    for (const { id, element } of doubles(page)) {
      const place = placeOf(element, templatesOf(element)) ?? { file };
      findings.push({
        ...place,
        mend: `the id “${id}” is on the page ${path} twice. Give each element another, or a class.`,
      });
    }
    findings.push(...policyFindings(page, templatesOf, site.mediaOrigins));
    findings.push(
      ...(await links.findings(page, path, templatesOf)),
      ...(await markupFindings(page, templatesOf, validate)),
    );
  }
  return findings;
}

/** The widget whose region an element is in. */
function widgetAround(site: CheckedSite, element: HtmlElement): string | undefined {
  for (const outer of outwards(element)) {
    // The id of a region without params is its topic's; of any other it begins with the widget's name.
    const [name = ""] = attribute(outer, "id")?.split("__") ?? [];
    if (site.views.widgets.has(name)) return name;
  }
  return undefined;
}

/** Gives a widget's own topic the first of its samples, or a list all of them: those that it takes. */
async function publishSamples(brooklet: TestBrooklet, { name, kind, samples }: WidgetView): Promise<void> {
  const values = kind === "log" ? samples.slice(0, MOST_ITEMS).map(({ data }) => data) : (samples[0]?.history ?? []);
  const all = kind === "log" ? values : [...values, ...samples.slice(0, 1).map(({ data }) => data)];
  for (const data of all) {
    await brooklet.publish(name, data).catch(() => {}); // that it is not taken is told of the sample
  }
}
