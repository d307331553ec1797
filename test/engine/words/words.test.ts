import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { readWords } from "../../../src/engine/views/words-file.ts";
import { ENGLISH_WORDINGS, type Words } from "../../../src/engine/words/words.ts";
import { ROOT } from "../../support/folders.ts";
import { start, templates } from "../../support/server.ts";
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

test("every word is said somewhere, and every word that is said is there", () => {
  const src = join(ROOT, "src");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => /\.(?:ts|eta)$/.test(file));
  const code = files.map((file) => readFileSync(join(src, file), "utf8")).join("\n");
  const said = [...code.matchAll(/\bwords\.(?:of|html)\(\s*"(\w+)"/g)].map(([, name]) => name!);
  const known = Object.keys(ENGLISH_WORDINGS);
  expect(said.filter((name) => !known.includes(name))).toEqual([]);
  // By the name of a notice, a status, or a problem’s code.
  const computed = known.filter((name) => !said.includes(name)).map((name) => name.replace(/^(?:why|error)_/, ""));
  expect(computed.filter((name) => !new RegExp(`[" ](?:${name})[",\\]]`).test(code))).toEqual([]);
});

test("what stands behind the reasons in en.yaml is what is said without them", () => {
  const yaml = readFileSync(join(ROOT, "src/engine/words/en.yaml"), "utf8");
  const reasons = [...yaml.matchAll(/^why_\w+: # (.+)$/gm)].map(([, sentence]) => sentence!);
  expect(reasons).toHaveLength(Object.keys(ENGLISH_WORDINGS).filter((name) => name.startsWith("why_")).length);
  const files = readdirSync(join(ROOT, "src/engine"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const code = files.map((file) => readFileSync(join(ROOT, "src/engine", file), "utf8")).join("\n");
  const shape = (text: string) => text.replace(/\d+|\$\{[^}]*\}|…/g, "#");
  expect(reasons.filter((sentence) => !shape(code).includes(shape(sentence)))).toEqual([]);
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
