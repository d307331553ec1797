import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Authorize } from "../../src/engine/access/authorize.ts";
import { loadAuthorize } from "../../src/engine/access/file.ts";
import type { Action } from "../../src/engine/actions/action.ts";
import { loadActions } from "../../src/engine/actions/files.ts";
import { type Topic, widgetOf } from "../../src/engine/core/topic.ts";
import { ROOT, SITE_PUBLIC, SITE_VIEWS } from "./folders.ts";
import { type Options, start, type TestServer } from "./server.ts";

/** What the author has in src/actions. */
export const siteActions = (): Promise<ReadonlyMap<string, Action>> =>
  loadActions(pathToFileURL(join(ROOT, "src", "actions", "/")));

/** Who may what, if the author has a file of it. */
export const siteAuthorize = (): Promise<Authorize | undefined> => loadAuthorize(join(ROOT, "src", "authorize"));

/** The whole server in this process, with the author's own templates and actions. */
export async function startSite(options: Options = {}): Promise<TestServer> {
  return start({
    views: SITE_VIEWS,
    public: SITE_PUBLIC,
    actions: Object.fromEntries(await siteActions()),
    ...options,
  });
}

/** Publishes to each of these topics what its widget has for a sample: to a state the first one, to a log all of them. */
export async function publishSamples({ views, broker }: TestServer, topics: readonly Topic[]): Promise<void> {
  for (const topic of topics) {
    const { kind, samples } = views.widgets.get(widgetOf(topic))!;
    const values = kind === "log" ? samples : samples.slice(0, 1);
    await broker.publish(values.map(({ data }) => ({ topic, data })));
  }
}
