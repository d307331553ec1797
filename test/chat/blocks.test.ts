import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AnswerBlock, Blocks } from "../../src/chat/blocks.ts";
import { markdown } from "../../src/engine/markdown/markdown.ts";
import { markdownText } from "../support/markdown-text.ts";
import { shown } from "../support/shown.ts";

/** All blocks of a text that comes in these pieces. */
function blocksOf(...pieces: string[]): AnswerBlock[] {
  const blocks = new Blocks();
  const finished = pieces.flatMap((piece) => blocks.add(piece));
  return blocks.open === undefined ? finished : [...finished, blocks.open];
}

const texts = (...pieces: string[]) => blocksOf(...pieces).map(({ text }) => text);
const rendered = (blocks: AnswerBlock[]) => shown(...blocks.map(({ text, place }) => markdown(text, place)));
const bytes = ({ text, place }: AnswerBlock) => Buffer.byteLength(markdown(text, place));
const lines = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join("\n");
/** Longer than what is kept together with what follows it. */
const long = (words: string) => `${words}${" and so on".repeat(10)}`;

describe("a text is cut", () => {
  test("between its paragraphs, headings, lists and code, if they are not very short", () => {
    const parts = [
      `# ${long("Title")}`,
      `${long("One")}\ntwo.`,
      `- a\n- ${long("b")}`,
      `\`\`\`js\n${long("x")}\n\ny\n\`\`\``,
    ];
    const more = [`| a |\n|---|\n| ${long("1")} |`, `> ${long("said")}`, "short", long("last")];
    expect(texts([...parts, ...more].join("\n\n")).map((text) => text.trim())).toEqual([
      ...parts,
      ...more.slice(0, 2),
      more.slice(2).join("\n\n"),
    ]);
  });

  test("where the next thing begins, as soon as it is known that it does", () => {
    const blocks = new Blocks();
    expect(blocks.add(`- ${long("a")}\n\nT`)).toEqual([{ text: `- ${long("a")}\n\n` }]);
    expect(blocks.add("ext\n=")).toEqual([]);
    expect(blocks.add(`==\n${long("b")}\n\n`)).toEqual([{ text: `Text\n===\n${long("b")}\n\n` }]);
  });

  test("in a list before an item, whose number it keeps, however they are written", () => {
    const item = "word ".repeat(14).trim();
    for (const number of [(i: number) => i + 1, () => 1]) {
      const blocks = blocksOf(lines(20, (i) => `${number(i)}. ${item}`));
      expect(blocks.length).toBeGreaterThan(2);
      expect(blocks.every(({ text }) => text.length < 500)).toBe(true);
      const starts = blocks.map(({ text, place }) => Number(/start="(\d+)"/.exec(markdown(text, place))?.[1] ?? 1));
      expect(starts[1]).toBe(1 + blocks[0]!.text.trimEnd().split("\n").length);
    }
  });

  test("in a paragraph that does not end, between two sentences, but not within what is bold", () => {
    const sentence = "It goes on and on, as it were. ";
    const blocks = blocksOf(`${sentence.repeat(20)}**${sentence.repeat(20).trim()}** ${sentence.repeat(30)}`);
    expect(blocks.length).toBe(4);
    expect(blocks[1]!.text).toMatch(/\*\*[\s\S]+\*\*/);
    expect(blocks.slice(1).map(({ place }) => place)).toEqual(Array(3).fill({ leaf: { text: 0 }, mid: true }));
  });

  test("anywhere, where it would never end, and not in the midst of a character", () => {
    for (const part of ["x", "😀", "> ", '"', "https://a.example/é", "|a", "**b", "- "]) {
      const text = part.repeat(60_000 / part.length);
      const blocks = blocksOf(text);
      expect(Math.max(...blocks.map(bytes))).toBeLessThan(64_000);
      expect(blocks.some((block) => /^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/.test(block.text))).toBe(false);
      expect(
        blocks
          .map((block) => block.text)
          .join("")
          .trimEnd(),
      ).toBe(text.trimEnd());
    }
  });
});

/** Answers as models write them, longer than what is cut: what each has of these must be there at the end. */
const answers: Record<string, { text: string; has: Record<string, number> }> = {
  "a program in a step of a list": {
    text: `To do:\n\n1. Write it:\n\n   \`\`\`py\n${lines(200, (i) => `   def f${i}(x):\n       return x + ${i}`)}\n   \`\`\`\n\n2. Run it.\n`,
    has: { li: 2, pre: 1, ol: 1 },
  },
  "a program in a quote": {
    text: `> She wrote:\n>\n> \`\`\`sh\n${lines(120, (i) => `> command --number ${i}`)}\n> \`\`\`\n>\n> And that was all.\n`,
    has: { blockquote: 1, pre: 1 },
  },
  "a list in a list, four columns deep": {
    text: `- All of it:\n${lines(70, (i) => `    - **Part ${i}**: ${long("what is said of it")}.`)}\n- The rest\n\nEnd.`,
    has: { ul: 2, li: 72 },
  },
  "steps with code between them, which end the list": {
    text: lines(15, (i) => `${i + 1}. ${long("Do this")}:\n\n\`\`\`sh\nrun ${i}\n\`\`\`\n`),
    has: { ol: 15, li: 15, pre: 15 },
  },
  "code about fences, in a longer fence": {
    text: `\`\`\`\`md\nBegin:\n\n\`\`\`js\n${lines(60, (i) => `log(${i});`)}\n\`\`\`\n\`\`\`\`\n\nAfter **all**.`,
    has: { pre: 1, strong: 1 },
  },
  "an empty line in the code of an item": {
    text: `- Code:\n  \`\`\`js\n  let a;\n\n${lines(40, (i) => `  a = ${i};`)}\n  \`\`\`\n- Another\n\nrun:\n\`\`\`\nx\n\`\`\`\nend`,
    has: { li: 2, pre: 2 },
  },
  "a table of many rows": {
    text: `| n | what |\n|--:|---|\n${lines(90, (i) => `| ${i} | a cell with \`code\` and **more**, number ${i} |`)}\n\nEnd.`,
    has: { table: 1, tr: 91, strong: 90 },
  },
  "a lone star in a text that goes on": {
    text: `A sum: 2 * 3 is six. ${"This has no end, and goes on, as they do, with more. ".repeat(100)}And *that* was it.`,
    has: { p: 1, em: 1 },
  },
  "items that are long, with paragraphs and quotes in them": {
    text: lines(
      8,
      (i) =>
        `${i + 1}. ${"Long words of an item. ".repeat(40)}\n\n   > ${"A quote in it. ".repeat(50)}\n\n   The end of it.\n`,
    ),
    has: { ol: 1, li: 8, blockquote: 8, p: 24 },
  },
  "bold text that does not end for long": {
    text: `**${"Everything matters. ".repeat(300).trim()}** ${"And this does not. ".repeat(150)}`,
    has: { strong: 1, p: 1 },
  },
  "formulas and addresses": {
    text: lines(
      40,
      (i) => `With $a_${i} * b_${i}$ in it, see https://a.example/${i}_b_c.\n\n$$\nx_${i} * y\n- z_${i} * w\n$$\n`,
    ),
    has: { p: 40, pre: 40, a: 40 },
  },
  "Windows’ ends of lines": {
    text: `- a\r\n- b\r\n\r\n\`\`\`\r\n${lines(40, (i) => `x${i}\r`)}\r\n\`\`\`\r\nend\r\n`,
    has: { li: 2, pre: 1, p: 1 },
  },
};

describe("what grew shows what the whole shows:", () => {
  test.each(Object.entries(answers))("%s", (_, { text, has }) => {
    const blocks = blocksOf(...text.match(/[\s\S]{1,3}/g)!);
    const page = rendered(blocks);
    expect(blocks.length).toBeGreaterThan(1);
    expect(page).toBe(shown(markdown(text)));
    for (const [tag, count] of Object.entries(has)) {
      expect({ [tag]: page.split(new RegExp(`<${tag}[ >]`)).length - 1 }).toEqual({ [tag]: count });
    }
    expect(blocks.map((block) => block.text).join("")).toBe(text);
  });

  test("any text, in whatever pieces it comes; and its blocks are the text", () => {
    const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 12 }));
    fc.assert(
      fc.property(markdownText, sizes, (text, sizes) => {
        const pieces: string[] = [];
        for (let i = 0; i < text.length; i += pieces.at(-1)!.length) {
          pieces.push(text.slice(i, i + sizes[Symbol.iterator]().next().value));
        }
        const blocks = blocksOf(...pieces);
        expect(blocks).toEqual(blocksOf(text));
        expect(rendered(blocks)).toBe(shown(markdown(text)));
        if (text.trim() !== "")
          expect(
            blocks
              .map((block) => block.text)
              .join("")
              .trimEnd(),
          ).toBe(text.trimEnd());
      }),
      { numRuns: 1_000 },
    );
  });

  test("what is made to become very much", () => {
    const parts = [
      "- - a\n",
      ">-\na\n",
      "> >-\n> [\n",
      "a|b\n-|-\n1|2\n",
      "- ```\n  a\n",
      "* a. b\n",
      "|a",
      "[a](",
      "1. > - x\n",
    ];
    for (const part of parts) {
      const text = part.repeat(64_000 / part.length);
      const blocks = blocksOf(text);
      expect(rendered(blocks)).toBe(shown(markdown(text)));
      expect(Math.max(...blocks.map(bytes))).toBeLessThan(64_000);
      expect(blocks.length).toBeLessThan(1_000);
    }
  });
});

test("a place that is none is nowhere, and what is shown adds no element but those of Markdown", () => {
  const anything = fc.anything({
    key: fc.constantFrom("within", "leaf", "mid", "list", "quote", "text", "fence", "table"),
  });
  fc.assert(fc.property(anything, (place) => void markdown("- a\n\n`b`\n", place)));
  for (const place of [
    null,
    5,
    "x",
    [],
    { within: [{ list: "<b>", number: 1 }] },
    { leaf: { text: 0.5 } },
    { leaf: { table: "<" } },
  ]) {
    expect(markdown("a", place)).toBe("<p>a</p>");
  }
  expect(markdown("a", { leaf: { fence: "```", offset: 0, language: '"><b>' } })).not.toContain("<b>");
});
