import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CHAT_WORDINGS } from "../../src/chat/words.ts";
import { docs } from "../../src/docs/feature.ts";
import { regionOf } from "../../src/engine/core/region.ts";
import { parseTopic } from "../../src/engine/core/topic.ts";
import { attribute, type HtmlElement } from "../../src/engine/views/forms/form-fields.ts";
import { ENGLISH_WORDINGS } from "../../src/engine/words/words.ts";
import { inspector } from "../../src/inspector/feature.ts";
import { viewsIn } from "../../src/testing/author-views.ts";
import { eventually } from "../support/browser.ts";
import { ROOT, SITE_VIEWS } from "../support/folders.ts";
import { LoadedPage } from "../support/loaded-page.ts";
import { codeIn, GERMAN, isNamed, markedGerman, namesIn, unsaid } from "../support/said.ts";
import type { ChatOfTests } from "../support/server.ts";
import { startSite } from "../support/site.ts";

/** The site with a whole file of German words, of which each is marked. */
function german(chat: ChatOfTests) {
  return startSite({ views: germanViews(), chat, features: [inspector(false), docs(false)] });
}

function germanViews(): string {
  const views = mkdtempSync(join(tmpdir(), "brooklet-german-"));
  cpSync(SITE_VIEWS, views, { recursive: true });
  writeFileSync(join(views, "words.yaml"), markedGerman());
  return views;
}

/** What the layout says, and what widgets show. */
const isOwn = (element: HtmlElement) =>
  /^(?:skip|brand|picture)$/.test(attribute(element, "class") ?? "") || attribute(element, "aria-label") === "Pages";

test("the chat says nothing but German, and what was written in it", async () => {
  const server = await german({ models: ["one", "two"] });
  try {
    const { widgets } = server.views;
    const chat = ["chat", "chat-list", "chat-turn"].map((name) => widgets.get(name)!);
    const written = ["one", "two", "Wohin?"];
    const first = await LoadedPage.load(server, "/chat");
    const at = async (path: string) => (await LoadedPage.load(server, path, first.cookie)).html;
    const left = (html: string) => unsaid(html, isOwn).filter((piece) => !written.includes(piece));
    expect(left(first.html)).toEqual([]);
    expect(first.html).toContain(`<title>⟦${GERMAN.chat_title}⟧ · Brooklet</title>`);
    expect(first.html).toContain(`content="⟦${GERMAN.chat_about}⟧"`);

    await first.press("chat/send", "/chat", { text: "Wohin?" });
    const answered = () => at("/chat");
    await eventually(answered, (html) => html.includes('class="it"') && html.includes(">⟦Senden⟧<"));
    await first.press("chat/send", "/chat", { text: "/error 429" });
    const failed = await eventually(answered, (html) => html.includes("(429)") && html.includes(">⟦Senden⟧<"));
    // What a mock answers is in English: so is what it echoes.
    const inAnswer = (element: HtmlElement) => isOwn(element) || attribute(element, "class") === "it";
    written.push("/error 429");
    const said = (html: string) => unsaid(html, inAnswer).filter((piece) => !written.includes(piece));
    expect(said(failed)).toEqual([]);
    for (const path of ["/chat?edit=1", "/chat/text"])
      expect({ path, said: said(await at(path)) }).toEqual({ path, said: [] });
    for (const { name, samples } of chat) {
      written.push(...samples.map((sample) => sample.name));
      expect(said(await at(`/widgets/${name}`))).toEqual([]);
    }
  } finally {
    await server.close();
  }
});

test("the chat has no word that it does not say, and says none that it does not have", () => {
  const code = [join(ROOT, "src/chat"), SITE_VIEWS].map(codeIn).join("\n");
  const known = Object.keys({ ...ENGLISH_WORDINGS, ...CHAT_WORDINGS });
  expect(namesIn(code).filter((name) => !known.includes(name))).toEqual([]);
  expect(Object.keys(CHAT_WORDINGS).filter((name) => !isNamed(name, code))).toEqual([]);
});

test("where nobody answers, it says so in German", async () => {
  const server = await german({ answeredBy: "nobody" });
  const { html } = await LoadedPage.load(server, "/chat").finally(() => server.close());
  expect(html).toContain("⟦Hier antwortet niemand⟧");
  expect(unsaid(html, isOwn)).toEqual([]);
});

test("what stands in the chat’s samples is all that they say without a word", () => {
  const views = viewsIn(germanViews());
  for (const name of ["chat", "chat-list", "chat-turn"]) {
    const widget = views.widgets.get(name)!;
    for (const sample of widget.samples) {
      const region = regionOf(parseTopic(name), sample.params);
      const html = views.fragment(region, { ...sample, id: "it", item: sample.item ?? "q1" });
      const given = JSON.stringify(sample.data);
      const left = unsaid(html).filter((piece) => piece.match(/\p{L}{2,}/gu)?.some((word) => !given.includes(word)));
      expect({ name, sample: sample.name, left }).toEqual({ name, sample: sample.name, left: [] });
    }
  }
});
