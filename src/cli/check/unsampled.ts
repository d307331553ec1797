import type { WidgetView } from "../../engine/views/widget-view.ts";
import { writtenReads } from "./fields.ts";
import type { CheckedSite } from "./site.ts";

/**
 * What is to be said of widgets without samples: no mistake, since nothing of theirs is known to be wrong; but what they make of a value
 * was not looked at.
 */
export function unsampled(site: CheckedSite): string[] {
  return site.widgets
    .filter(({ name, samples }) => samples.length === 0 && site.ofWidget(name).length > 0)
    .map((widget) => {
      const { file } = site.ofWidget(widget.name)[0]!;
      return `${file} was not tried, as it has no samples. Write ${site.samplesOf(widget.name)}, such as ${example(site, widget)}`;
    });
}

/** A file of samples, with a value as the template reads it. */
function example(site: CheckedSite, { name }: WidgetView): string {
  const keys = [...(writtenReads(site.ofWidget(name)[0]!).get("data") ?? [])];
  const value = keys.length === 0 ? '"…"' : `{ ${keys.map((key) => `"${key}": "…"`).join(", ")} }`;
  return `{ "first": { "data": ${value} } }`;
}
