import { pick, type Random } from "./random.ts";
import { tokensOf } from "./tokens.ts";

type Words = readonly [string, ...string[]];

const WHO: Words = ["The brook", "A reader", "The log", "Each page", "The server", "A slow network", "The last token"];
const DOES: Words = ["waits for", "carries", "forgets", "remembers", "overtakes", "asks for", "answers", "outlives"];
const WHAT: Words = ["the first event", "a broken cable", "its own echo", "what was missed", "a quiet afternoon"];
const HOW: Words = [
  "at its own pace",
  "without a word",
  "**exactly once**",
  "in *good order*",
  "as `GET` would",
  "twice",
];
const WHY: Words = [
  "since nobody minds",
  "because the cursor says so",
  "as it always has",
  "until the heartbeat comes",
];

/** Markdown of every kind about nothing much: so many tokens, or without end. */
export function* ramble(random: Random, tokens: number): Generator<string> {
  let left = tokens;
  for (let part = 1; ; part++) {
    for (const token of tokensOf(
      `${part === 1 ? "" : "\n\n"}## Part ${part}\n\n${blocks(random, part).join("\n\n")}`,
    )) {
      if (left-- <= 0) return;
      yield token;
    }
  }
}

/** Two paragraphs, and something that is none between them: another kind in each part. */
function blocks(random: Random, part: number): string[] {
  return [paragraph(random), BLOCKS[part % BLOCKS.length]!(random), paragraph(random)];
}

function sentence(random: Random): string {
  const words = [WHO, DOES, WHAT, HOW].map((from) => pick(random, from)).join(" ");
  return random() < 0.4 ? `${words}, ${pick(random, WHY)}.` : `${words}.`;
}

function sentences(random: Random, count: number): string[] {
  return Array.from({ length: count }, () => sentence(random));
}

function paragraph(random: Random): string {
  return sentences(random, 3 + Math.floor(random() * 4)).join(" ");
}

const BLOCKS: readonly ((random: Random) => string)[] = [
  (random) =>
    sentences(random, 4)
      .map((text) => `- ${text}`)
      .join("\n"),
  (random) =>
    sentences(random, 3)
      .map((text, i) => `${i + 1}. ${text}`)
      .join("\n"),
  (random) =>
    sentences(random, 2)
      .map((text) => `> ${text}`)
      .join("\n>\n"),
  (random) => {
    const rows = [1, 2, 3].map((n) => `| ${n} | ${pick(random, WHO)} | ${pick(random, WHAT)} |`);
    return ["| # | Who | What |", "|--:|:----|:-----|", ...rows].join("\n");
  },
  (random) => {
    const lines = [1, 2, 3].map((n) => `const step${n} = await brook.next(${Math.floor(random() * 1000)});`);
    return `\`\`\`ts\n// ${sentence(random)}\n${lines.join("\n")}\n\`\`\``;
  },
  (random) => `See [the notes on ${pick(random, WHAT)}](https://example.com/notes/${Math.floor(random() * 1000)}).`,
];
