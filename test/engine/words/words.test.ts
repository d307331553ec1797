import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docs } from "../../../src/docs/feature.ts";
import { Variables } from "../../../src/engine/config/variables.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { wordingsOf } from "../../../src/engine/feature.ts";
import { readWords } from "../../../src/engine/views/files/words-file.ts";
import { attribute } from "../../../src/engine/views/forms/form-fields.ts";
import { KitWidgets } from "../../../src/engine/views/kit-widgets.ts";
import { EN_FILE, ENGLISH_WORDINGS, type Words } from "../../../src/engine/words/words.ts";
import { readFeatures } from "../../../src/features.ts";
import { inspector } from "../../../src/inspector/feature.ts";
import { KIT } from "../../../src/kit/kit.ts";
import { ROOT } from "../../support/folders.ts";
import { codeIn, GERMAN, isNamed, markedGerman, namesIn, unsaid } from "../../support/said.ts";
import { start, type TestServer, templates } from "../../support/server.ts";
import { viewsOf } from "../../support/views.ts";

function written(yaml: string): Words {
  const dir = mkdtempSync(join(tmpdir(), "brooklet-"));
  writeFileSync(join(dir, "words.yaml"), yaml);
  return readWords(dir);
}

describe("an author's words", () => {
  test("are said where there are some, and English elsewhere", () => {
    const words = written("lang: de\nwaiting: Warte auf den ersten Wert …\nlive:\n");
    expect(words.lang).toBe("de");
    expect(words.of("waiting")).toBe("Warte auf den ersten Wert …");
    expect(words.of("live")).toBe("Live");
    expect(readWords(mkdtempSync(join(tmpdir(), "brooklet-"))).of("waiting")).toBe("Waiting for the first value…");
  });

  test("are filled in, with numbers as the language writes them, and are escaped", () => {
    const words = written("lang: de\nwithout_javascript: Alle {count} <s>\nchart_more: '{count} weitere'");
    expect(words.html("without_javascript", { count: 30 })).toBe("Alle 30 &lt;s&gt;");
    expect(words.of("chart_more", { count: 1234.5 })).toBe("1.234,5 weitere");
    expect(words.html("connection_lost", {}, 'href="/x"')).toMatch(/ <a href="\/x">Reload<\/a>$/);
  });

  test("have a text for each plural of the language", () => {
    const words = written(
      "lang: ar\ndir: rtl\nchart_more: { one: and one, two: and two, few: 'and {count} few', other: 'and {count} others' }",
    );
    expect(words.dir).toBe("rtl");
    expect([1, 2, 3, 100].map((count) => words.of("chart_more", { count }))).toEqual([
      "and one",
      "and two",
      "and 3 few",
      "and 100 others",
    ]);
  });

  test("say why something was refused, and the problem's own sentence does where they do not", () => {
    const words = written("why_not_found: Hier ist nichts.");
    expect(words.why({ code: "not_found", message: "There is nothing." })).toBe("Hier ist nichts.");
    expect(words.why({ code: "draining", message: "It is going away." })).toBe("It is going away.");
  });

  test.each([
    ["wating: Warte", "words.yaml:1: there is no word “wating”. Did you mean “waiting”?"],
    [
      "live: Live\nwithout_javascript: Alle paar Sekunden",
      "words.yaml:2: “without_javascript” must be a text with {count} in it",
    ],
    ["request: Anfrage {ID}", "“request” must be a text with {id} in it"],
    ["nothing: Nichts, {count}", "“nothing” must be a text without {count}. It has none."],
    ["stale: 'Seit {time}. {reason} {reson}'", "“stale” must be a text without {reson}. Did you mean “reason”?"],
    [
      "connection_lost: Verbindung verloren",
      "“connection_lost” must be a text with [ ] around the words of it that are a link",
    ],
    ["live: [1]", "“live” must be a text."],
    ["chart_more: { one: eine }", "“chart_more” must be a text for “other”"],
    ["chart_more: { eins: eine, other: '{count}' }", "“chart_more” must be a text, or one for each of zero, one,"],
    ["lang: deutsch sprache", "“lang” must be the code of a language, such as en, de or pt-BR."],
    ["dir: right", "“dir” must be ltr or rtl."],
    ["live: 'Live", "words.yaml:1: the file of words is not YAML:"],
    ["live: Live\nnothing: *other", "words.yaml:2: the file of words is not YAML: Unresolved alias"],
    ["- live", "file of words is written as “key: value”, one a line"],
  ])("are refused with the line and the mend: %s", (yaml, mend) => {
    expect(() => written(yaml)).toThrow(mend);
  });
});

/** Where words are, by what they are of. */
const OF_FEATURES = readFeatures(new Variables({}))().filter(({ words }) => words !== undefined);
const SRC = join(ROOT, "src");
const FOLDERS = ["engine/words", ...OF_FEATURES.map(({ name }) => name)];
const KNOWN = Object.keys({ ...ENGLISH_WORDINGS, ...wordingsOf(OF_FEATURES) });

test("every word is said somewhere, and every word that is said is there", () => {
  const code = codeIn(SRC);
  expect(namesIn(code).filter((name) => !KNOWN.includes(name))).toEqual([]);
  // The chat's pages are an author's own, who may delete them.
  const others = KNOWN.filter((name) => !name.startsWith("chat_"));
  expect(others.filter((name) => !isNamed(name, code))).toEqual([]);
});

test("no feature has a word of the engine’s, or of another’s", () => {
  const all = [ENGLISH_WORDINGS, ...OF_FEATURES.map(({ words }) => words!)].flatMap(Object.keys);
  expect(all).toEqual([...new Set(all)]);
});

test.each(FOLDERS)("what stands behind the reasons in the words of %s is what is said without them", (folder) => {
  const yaml = readFileSync(join(SRC, folder, EN_FILE), "utf8");
  const reasons = [...yaml.matchAll(/^why_\w+: # (.+)$/gm)].map(([, sentence]) => sentence!);
  expect(reasons).toHaveLength([...yaml.matchAll(/^why_/gm)].length);
  const shape = (text: string) => text.replace(/\d+|\$\{[^}]*\}|…/g, "#");
  const code = shape(codeIn(join(SRC, folder.split("/")[0]!)));
  expect(reasons.filter((sentence) => !code.includes(shape(sentence)))).toEqual([]);
});

describe("with a whole file of German words", () => {
  let server: TestServer;
  beforeAll(async () => {
    const features = [inspector(true), docs(false)];
    const layout =
      "<!doctype html><html <%~ root() %>><%~ head() %><%~ pulse() %><%~ notice() %><%~ snapshot() %><%~ body %></html>";
    const views = templates({ "words.yaml": markedGerman(), "layout.eta": `${layout}<%~ stream() %>` });
    server = await start({ views, features });
  });
  afterAll(() => server.close());

  /** What a page says that is neither a word nor what a widget shows. */
  const left = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(server.url + path, { headers: { accept: "text/html" }, ...init });
    const html = await response.text();
    expect(html).toMatch(/<html lang="de" dir="ltr">/);
    return unsaid(html, (element) => attribute(element, "class") === "picture");
  };
  const titles = () => [...new Map([...new KitWidgets(KIT).widgets, ...server.views.widgets]).values()];

  test("there is one for each", () => {
    expect(Object.keys(GERMAN).sort()).toEqual([...KNOWN, "lang", "dir"].sort());
  });

  test("the gallery says nothing else, but how widgets are called", async () => {
    const said = await left("/widgets");
    expect(said.length).toBeGreaterThan(10);
    expect(said.filter((piece) => !titles().some(({ title }) => title === piece))).toEqual([]);
  });

  test("nor does a widget’s own page, but what its samples are called, and its fields", async () => {
    for (const { name, title, samples } of titles()) {
      const path = server.views.widgets.has(name) ? `/widgets/${name}` : `/widgets/to-take/${name}`;
      const own = [title, ...samples.map((sample) => sample.name)];
      const shown = await left(path);
      expect({ name, said: shown.filter((piece) => !own.includes(piece)) }).toEqual({ name, said: [] });
    }
  });

  test.each([
    ["/nowhere", {}],
    ["/widgets/nope", {}],
    [`/${"a".repeat(9_000)}`, {}],
    ["/", { method: "PUT" }],
  ])("nor does the page of an error, at %s", async (path, init) => {
    expect(await left(path, init)).toEqual([]);
  });
});

test("a site in another language says so of its pages, its regions, its numbers, its forms and its errors", async () => {
  const views = templates({
    "words.yaml": [
      "lang: de",
      "dir: ltr",
      "waiting: Noch kein Wert …",
      "live: Aktuell",
      "no_answer: Keine Antwort.",
      "error_404: Hier ist nichts",
      "why_not_found: Unter dieser Adresse gibt es nichts.",
      "first_page: Zur ersten Seite",
      "chart_range: '{count} Werte von {low} bis {high}, zuletzt {last}'",
    ].join("\n"),
    "layout.eta":
      '<!doctype html><html <%~ root() %>><title><%= title %></title><%~ head() %><%~ pulse() %><main id="_main"><%~ body %></main><%~ stream() %></html>',
    "widgets/sum.eta": "<b><%= format.number(data) %>, <%= asDigits(data) %></b><%~ chart.spark([1, data]) %>",
    "pages/sums.eta": '<h1>Summen</h1><%~ live("sum") %><form <%~ action("press") %>><button>Los</button></form>',
  });
  const server = await start({ views });
  try {
    const page = async (path: string) => (await fetch(server.url + path, { headers: { accept: "text/html" } })).text();
    expect(await page("/sums")).toMatch(
      /<html lang="de" dir="ltr">[\s\S]*>Aktuell<[\s\S]*Noch kein Wert …[\s\S]*Keine Antwort\./,
    );
    await server.broker.publish([{ topic: parseTopic("sum"), data: 1234.5 }]);
    expect(await page("/sums")).toMatch(
      /<b>1\.234,5, 1\.234,5<\/b>[\s\S]*aria-label="2 Werte von 1 bis 1\.234,5, zuletzt 1\.234,5"/,
    );
    expect(await page("/nowhere")).toMatch(
      /Hier ist nichts[\s\S]*Unter dieser Adresse gibt es nichts\.[\s\S]*Zur ersten Seite/,
    );
    expect(server.assets.get("broken.html")!.bytes.toString()).toContain("Aktuell");
  } finally {
    await server.close();
  }
});

test("other words are other pages: what is open is rendered anew", () => {
  const [english, german] = ["", "live: Aktuell"].map((words) => viewsOf({ "words.yaml": words }));
  expect(german!.views).not.toBe(english!.views);
  expect(german!.shell).not.toBe(english!.shell);
});
