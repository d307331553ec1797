import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRegion, type Region } from "../../src/engine/core/region.ts";
import type { RenderInput } from "../../src/engine/core/widget.ts";
import type { PageParts } from "../../src/engine/views/page/page-parts.ts";
import { Views } from "../../src/engine/views/views.ts";
import type { ViewsOptions } from "../../src/engine/views/views-options.ts";
import { writeFiles } from "./folders.ts";

const LAYOUT = "<title><%= title %></title><%~ pulse() %><%~ notice() %><main><%~ body %></main><%~ stream() %>";

/** Views out of a folder that holds these files, and a layout if none is among them. */
export function viewsOf(
  files: Record<string, string>,
  asset = (path: string) => `/${path}`,
  options: ViewsOptions = {},
): Views {
  const dir = join(mkdtempSync(join(tmpdir(), "brooklet-views-")), "views");
  writeFiles(dir, { "layout.eta": LAYOUT, ...files });
  return Views.load(dir, asset, options);
}

/** A page as its visitor gets it. */
export async function pageText(views: Views, name: string, parts: PageParts): Promise<string> {
  return (await views.page(name, parts)).toString();
}

/** Views with one widget, `price`. */
export function priceOf(template: string, options?: ViewsOptions): Views {
  return viewsOf({ "widgets/price.eta": template }, undefined, options);
}

export function region(name = "price"): Region {
  return parseRegion(name);
}

export function sight(data: unknown, more: Partial<RenderInput> = {}): RenderInput {
  return { data: data as RenderInput["data"], history: [], at: 0, ...more };
}

/** What was thrown, for a test to look at. Throws itself if nothing was. */
export function thrown<E = Error & { code?: string; status?: number }>(work: () => unknown): E {
  try {
    work();
  } catch (error) {
    return error as E;
  }
  throw new Error("nothing was thrown");
}
