import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, Blocks } from "../../src/chat/blocks.ts";
import { markdown } from "../../src/markdown.ts";

/** All blocks of a text that comes in these pieces. */
function blocksOf(...pieces: string[]): Block[] {
  const blocks = new Blocks();
  const finished = pieces.flatMap((piece) => blocks.add(piece));
  return blocks.open === undefined ? finished : [...finished, blocks.open];
}

const texts = (...pieces: string[]) => blocksOf(...pieces).map(({ text }) => text);
/** As a page shows it: code that has not ended shows no empty line at its end. */
const shown = (html: string) => html.replace(/\s+<\/code>/g, "</code>");
const rendered = (blocks: Block[]) => shown(blocks.map(({ text }) => markdown(text)).join("\n"));
const lines = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join("\n");

describe("a text is cut", () => {
  test("between its paragraphs, headings, lists and code", () => {
    const parts = ["# Title", "One\ntwo.", "- a\n- b", "```js\nx\n\ny\n```", "| a |\n|---|\n| 1 |", "> said", "last"];
    expect(blocksOf(parts.join("\n\n"))).toEqual(parts.map((text) => ({ text })));
  });

  test("only once it is known what it is: underlined, it was a heading, and not a paragraph", () => {
    expect(texts("Title\n", "===\n", "text\n")).toEqual(["Title\n===", "text"]);
    expect(texts("a | b\n", "--|--\n", "1 | 2\n")).toEqual(["a | b\n--|--\n1 | 2"]);
  });

  test("not at an empty line within a list or code", () => {
    expect(texts("- a\n\n  more\n\n- b\n\nafter")).toEqual(["- a\n\n  more\n\n- b", "after"]);
    expect(texts("~~~~\n```\n\n```\n~~~~\nafter")).toEqual(["~~~~\n```\n\n```\n~~~~", "after"]);
  });

  test("a long list by its items, which keep their numbers, however they are written", () => {
    const item = "word ".repeat(14).trim();
    for (const number of [(i: number) => i + 1, () => 1]) {
      const list = lines(8, (i) => `${number(i)}. ${item}`);
      const blocks = blocksOf(list);
      expect(blocks.length).toBeGreaterThan(1);
      expect(blocks.slice(1).every(({ joined }) => joined)).toBe(true);
      const starts = blocks.map(({ text }) => Number(/^\d+/.exec(text)![0]));
      expect(starts).toEqual([1, 1 + blocks[0]!.text.split("\n").length].slice(0, starts.length));
      expect(rendered(blocks).match(/<li>/g)).toHaveLength(8);
    }
  });

  test("long code by its lines, all of which it keeps, in its language", () => {
    const code = lines(50, (i) => `${" ".repeat(i % 3)}let a${i};${i % 7 === 0 ? "\n" : ""}`);
    const blocks = blocksOf(`\`\`\`js\n${code}\n\`\`\`\n\nafter`);
    expect(blocks.length).toBe(5);
    const pieces = blocks.slice(0, -1).map(({ text }) => {
      expect(text).toMatch(/^```js\n[\s\S]*\n```$/);
      return text.slice("```js\n".length, -"\n```".length);
    });
    expect(pieces.join("\n").replace(/\n+/g, "\n")).toBe(code.replace(/\n+/g, "\n"));
    expect(blocks.at(-1)).toEqual({ text: "after" });
  });

  test("a long table by its rows, under its head again", () => {
    const row = (i: number) => `| ${i} | ${"cell ".repeat(25)} |`;
    const blocks = blocksOf(`| n | text |\n|--:|---|\n${lines(40, row)}\n\nafter`);
    expect(blocks.length).toBe(4);
    expect(rendered(blocks).match(/<td class="right">\d+/g)).toHaveLength(40);
    expect(blocks[1]!.text).toMatch(/^\| n \| text \|\n\|--:\|---\|\n\| \d+ \|/);
  });

  test("a paragraph that does not end at its sentences, but not within what is bold", () => {
    const sentence = "It goes on and on, as it were. ";
    const blocks = blocksOf(`${sentence.repeat(20)}**${sentence.repeat(20).trim()}** ${sentence.repeat(3)}`);
    expect(blocks.length).toBe(3);
    expect(blocks[1]!.text).toMatch(/^\u200B[\s\S]*\*\*[\s\S]+\*\*/);
    expect(rendered(blocks).match(/It goes on/g)).toHaveLength(43);
  });

  test("anywhere, where it would never end, and not in the middle of a character", () => {
    for (const text of ["x".repeat(30_001), "😀".repeat(9_001), `\`\`\`\n${"y".repeat(9_000)}`, "> ".repeat(9_000)]) {
      const blocks = blocksOf(text);
      expect(blocks.every((block) => block.text.length < 4_100 && !/\p{Cs}/u.test(block.text))).toBe(true);
    }
    expect(texts("x".repeat(9_000)).join("").replaceAll("\u200B", "")).toBe("x".repeat(9_000));
  });
});

test("what is made to be slow, or to become very much, does neither", () => {
  const broad = `${"|a".repeat(240)}|\n${"|-".repeat(240)}|\n${"a\n".repeat(1_400)}`;
  const narrow = `${"|a".repeat(28)}|\n${"|-".repeat(28)}|\n${"a\n".repeat(3_000)}`;
  for (const text of [broad, narrow, "a\n".repeat(8_000), "> > > a\n".repeat(2_000), "- - - - a\n".repeat(1_000)]) {
    const blocks = blocksOf(text);
    expect(Math.max(...blocks.map((block) => markdown(block.text).length))).toBeLessThan(64 * 1024);
  }
});

describe("whatever the text", () => {
  const word = fc.constantFrom(
    "a",
    "bb",
    "lorem ipsum",
    "**",
    "*",
    "`",
    "[x](https://a.example)",
    "😀",
    "|",
    "- ",
    "1. ",
  );
  const line = fc.oneof(
    { weight: 4, arbitrary: fc.array(word, { maxLength: 6 }).map((words) => words.join(" ")) },
    fc.constantFrom("", "", "```", "```js", "~~~", "# h", "---", "===", "> q", "- i", "  - n", "    code", "| a | b |"),
    fc.constantFrom("|---|---|", "1. one", "2. two", "   cont", "[r]: https://b.example", "* s", "\t", "End. Next. "),
  );
  const text = fc.array(line, { maxLength: 30 }).map((lines) => lines.join("\n"));
  const chunks = fc.infiniteStream(fc.integer({ min: 1, max: 12 }));

  const inPieces = (text: string, sizes: Iterator<number>) => {
    const pieces: string[] = [];
    for (let i = 0; i < text.length; ) {
      const { value } = sizes.next();
      pieces.push(text.slice(i, i + value));
      i += value;
    }
    return pieces;
  };

  test("it is cut in the same places, in whatever pieces it comes", () => {
    const repeated = fc.tuple(text, fc.integer({ min: 1, max: 12 })).map(([text, n]) => `${text}\n`.repeat(n));
    fc.assert(
      fc.property(fc.oneof(text, repeated), chunks, (text, sizes) => {
        expect(blocksOf(...inPieces(text, sizes[Symbol.iterator]()))).toEqual(blocksOf(text));
      }),
      { numRuns: 300 },
    );
  });

  test("its blocks show what the whole shows, where none of it had to be cut up", () => {
    fc.assert(
      fc.property(text, (text) => {
        const blocks = blocksOf(text);
        fc.pre(!blocks.some(({ joined }) => joined));
        expect(rendered(blocks)).toBe(shown(markdown(text)));
      }),
      { numRuns: 500 },
    );
  });
});
