import fc from "fast-check";
import { type DefaultTreeAdapterTypes, parseFragment, serialize } from "parse5";
import { describe, expect, test } from "vitest";
import { Blocks } from "../../../src/chat/blocks.ts";
import { BEGINNING, highlight, MAX_LINE_CHARACTERS, MAX_MARKS } from "../../../src/engine/markdown/highlight.ts";
import { markdown } from "../../../src/engine/markdown/markdown.ts";

const html = (language: string, code: string) => highlight(code, language, BEGINNING).html;
/** What is marked, by the letter of its class: `k:const`. */
const marks = (language: string, code: string) =>
  [...html(language, code).matchAll(/<span class="(\w)">(.*?)<\/span>/g)].map(([, kind, text]) => `${kind}:${text}`);

function textOf(node: DefaultTreeAdapterTypes.ParentNode): string {
  return node.childNodes
    .map((child) => ("value" in child ? child.value : "childNodes" in child ? textOf(child) : ""))
    .join("");
}

const LANGUAGES = [
  "ts",
  "java",
  "c",
  "cs",
  "go",
  "rust",
  "php",
  "swift",
  "py",
  "rb",
  "sh",
  "yaml",
  "sql",
  "html",
  "eta",
  "css",
  "json",
];
const parts = [
  ...'<%/* */%> /* */ // # -- <!-- --> " \' ` """ \'\'\' \\ \\" < > </a = : ; { } ( ) , . @media #fff <?php'.split(" "),
  ..."const def return null true SELECT key: a b1 _x 'a 1 0x1f 3.14 1e9 😀 é & &amp; <b>".split(" "),
  ..." |  |\n|\n\n|\t".split("|"),
];
const code = fc.array(fc.constantFrom(...parts), { maxLength: 60 }).map((all) => all.join(""));
const language = fc.constantFrom(...LANGUAGES);

describe("of code are marked", () => {
  test.each([
    ["ts", "const a = 1; // one", ["k:const", "n:1", "c:// one"]],
    ["tsx", "`a {b}\nc` + 'it\\'s'", ["s:`a {b}", "s:c`", "s:'it\\'s'"]],
    ["java", "/* a\n b */ int x = 0x1f;", ["c:/* a", "c: b */", "k:int", "n:0x1f"]],
    ["go", "func f() string { return `\\` }", ["k:func", "k:string", "k:return", "s:`\\`"]],
    ["rust", "fn a<'a>(x: &'a str) { 'x' }", ["k:fn", "k:str", "s:'x'"]],
    [
      "Python",
      'def f(x): # one\n  """a\n  b"""',
      ["k:def", "c:# one", "s:&quot;&quot;&quot;a", "s:  b&quot;&quot;&quot;"],
    ],
    [
      "sh",
      'for x in "$@"; do echo $#x; done # all',
      ["k:for", "k:in", "s:&quot;$@&quot;", "k:do", "k:echo", "k:done", "c:# all"],
    ],
    ["yaml", "a-b: 1 # one\nurl: http://x#y", ["k:a-b", "n:1", "c:# one", "k:url"]],
    ["sql", "Select * FROM t WHERE a = 'x' -- all", ["k:Select", "k:FROM", "k:WHERE", "s:'x'", "c:-- all"]],
    [
      "html",
      '<!-- a\nb --><p class="x">It\'s</p>',
      ["c:&lt;!-- a", "c:b --&gt;", "k:&lt;p", "s:&quot;x&quot;", "k:&lt;/p"],
    ],
    ["eta", "<%/* a\n b */%><b><%= a %></b>", ["c:&lt;%/* a", "c: b */%&gt;", "k:&lt;b", "k:&lt;/b"]],
    ["css", "a:hover { color: #fff; margin: 2rem }", ["k:color", "n:#fff", "k:margin", "n:2rem"]],
    ["json", '{"a": [1, "b", true]}', ["k:&quot;a&quot;", "n:1", "s:&quot;b&quot;", "k:true"]],
  ])("comments, strings, numbers and keywords: %s", (language, code, expected) =>
    expect(marks(language, code)).toEqual(expected),
  );

  test("a string that is not closed to the end of its line, and nothing in a word, or in a language that is not known", () => {
    expect(marks("js", '"a\nif')).toEqual(["s:&quot;a", "k:if"]);
    expect(marks("js", "iffy a1 $if")).toEqual([]);
    for (const name of ["", "text", "brainfuck", "constructor", "__proto__"]) {
      expect(html(name, 'if "a" < 1 // b')).toBe("if &quot;a&quot; &lt; 1 // b");
    }
  });

  test("a version and an address as a whole, and nothing in a name that has one", () => {
    expect(marks("sh", "npx ./brooklet-0.2.0.tgz 10.0.0.1 0.5 .5")).toEqual(["n:10.0.0.1", "n:0.5", "n:5"]);
    expect(marks("rust", "pair.0 + 1..10")).toEqual(["n:1", "n:10"]);
  });

  test("so many things, and of a line so many characters: what is beyond stays plain", () => {
    expect(marks("js", "1 ".repeat(3 * MAX_MARKS).replace(/(?:1 ){100}/g, "$&\n"))).toHaveLength(MAX_MARKS);
    const long = `${"a".repeat(MAX_LINE_CHARACTERS)} if /*`;
    expect(marks("js", `${long}\nif`)).toEqual(["k:if"]);
  });
});

test("the text of code is what was written, and its marks are whole and in one line each, whatever it is", () => {
  fc.assert(
    fc.property(language, code, (language, code) => {
      const made = html(language, code);
      const parsed = parseFragment(made);
      expect(textOf(parsed)).toBe(code);
      expect(serialize(parsed).replaceAll('"', "")).toBe(made.replaceAll("&quot;", "").replaceAll('"', ""));
      expect(made).not.toMatch(/<span[^>]*>[^<]*\n|<span[^>]*><\/span>/);
    }),
    { numRuns: 2_000 },
  );
});

test("code that grew, and was cut, is coloured as the whole of it, wherever it stands", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 10 });
  const coded = (html: string) => Array.from(html.matchAll(/<code>(.*?)<\/code>/gs), ([, code]) => code).join("");
  let cuts = 0;
  fc.assert(
    fc.property(
      language,
      code,
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom("", "> ", "   "),
      sizes,
      (language, code, times, margin, sizes) => {
        const written = `\n${code}`.repeat(times).replaceAll("\n", `\n${margin}`);
        const text = `${margin === "   " ? "1. " : margin}\`\`\`${language}${written}`;
        const blocks = new Blocks();
        const grown = [];
        for (let at = 0, n = 0; at < text.length; n++) {
          const size = sizes[n % sizes.length]!;
          grown.push(...blocks.add(text.slice(at, at + size)));
          at += size;
        }
        cuts += grown.length;
        const all = [...grown, blocks.rest ?? { text: "" }];
        expect(coded(all.map((block) => markdown(block.text, block.place)).join(""))).toBe(coded(markdown(text)));
      },
    ),
    { numRuns: 500 },
  );
  expect(cuts).toBeGreaterThan(100);
});
