import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { loadSources } from "../../src/engine/sources/files.ts";
import { viewsIn } from "../../src/testing/author-views.ts";
import { ROOT, SITE_VIEWS } from "../support/folders.ts";

test("every source loads, and there is a widget that shows what it publishes", async () => {
  const views = viewsIn(SITE_VIEWS);
  const sources = pathToFileURL(join(ROOT, "src", "sources", "/"));
  expect(await loadSources(sources, (topic) => void views.widget(topic))).toBeInstanceOf(Map);
});
