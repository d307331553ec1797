import fc from "fast-check";

const words = [
  ..."*_`[]()!<>|#~\\&-+:",
  ..."**  __  ~~  `` *** ```".split("  "),
  "a",
  "bb",
  "lorem ipsum",
  "end. ",
  "Next one: ",
  "…",
  "😀",
  "中文。",
  "[x](https://a.example)",
  "&amp;",
  "1. ",
  "- ",
  "> ",
  "    ",
  "\t",
];
const lines = [
  ..."# h|## h ##|---|===|***|```|```js|~~~|   ```|> ```|- ```".split("|"),
  ..."> q|> - x|  > q|>|> > y|> 1. one|- i|  - n|    - deep|- |- - z|1. one|2. two|10. ten|* s|+ t|2) two".split("|"),
  ..."    code|\tcode|   cont|     five|      deeper".split("|"),
  "| a | b |",
  "|---|:-:|",
  "| 1 | `2` |",
  "[r]: https://b.example",
  "It goes on and on, as it were. And so it does, in another sentence, that is longer. Then it ends.",
  "- an item of many words, that has a sentence. And one more, so that a list of such items is cut some time.",
];

const line = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("", ...lines) },
  fc.array(fc.constantFrom(...words), { maxLength: 10 }).map((words) => words.join("")),
  fc.array(fc.constantFrom(...words), { maxLength: 10 }).map((words) => words.join(" ")),
  fc.constant(""),
);

/** Anything that might be meant as Markdown, or not; often long enough to be cut. */
export const markdownText = fc
  .tuple(fc.array(line, { maxLength: 25 }), fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 })))
  .map(([lines, times]) => `${lines.join("\n")}\n`.repeat(times));
