import { join } from "node:path";
import type { FeatureParts, RunningFeature } from "../engine/feature.ts";
import { Site } from "../engine/site.ts";
import { Sources } from "../engine/sources/sources.ts";
import { DEMO_ACTIONS, DEMO_SOURCES } from "./demos.ts";
import { type Document, readDocuments } from "./documents.ts";

/** Where the documents are, and what their pages' names begin with. */
const BASE = "/docs";
const NAME = BASE.slice(1);

/** The documents, each a live page of a small Brooklet of their own: what they speak of runs in them. */
export async function openDocs({ tokens, secret, development, report }: FeatureParts): Promise<RunningFeature> {
  const dir = import.meta.dirname;
  const chapters = readDocuments(join(dir, "pages"));
  const documents = chapters.flatMap(({ documents }) => documents);
  const pages = new Map(documents.map((document) => [`${NAME}/${document.name}`, templateOf(document)]));
  const actions = new Set(DEMO_ACTIONS.keys());
  const site = await Site.open({ base: BASE, dir, pages, actions, development, report });
  const sources = new Sources({ sources: DEMO_SOURCES, broker: site.broker, log: report });

  const about = (page: string) => {
    const at = documents.findIndex(({ name }) => page === `${NAME}/${name}`);
    return { base: BASE, chapters, document: documents[at], previous: documents[at - 1], next: documents[at + 1] };
  };
  return {
    link: { path: BASE, word: "docs_link" },
    origins: "linked",
    routes: (router) =>
      site.addTo(router, { actions: DEMO_ACTIONS, about, awaits: (topic) => sources.has(topic), tokens, secret }),
    start: () => {
      site.start();
      sources.start();
    },
    stop: async () => {
      await sources.stop();
      await site.close();
    },
  };
}

/** A document as a page. */
function templateOf({ title, description, html }: Document): string {
  return `---\n${JSON.stringify({ title, description, lang: "en", dir: "ltr" })}\n---\n${html}`;
}
