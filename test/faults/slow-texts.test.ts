import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import Koa from "koa";
import { expect, test } from "vitest";
import { Blocks } from "../../src/chat/blocks.ts";
import { Pacer } from "../../src/chat/pacer.ts";
import { plainWords } from "../../src/chat/plain-words.ts";
import { Writer, type WrittenBlock } from "../../src/chat/writer.ts";
import { OwnIds } from "../../src/engine/access/own-ids.ts";
import { parseCursor } from "../../src/engine/core/cursor.ts";
import { parseJson } from "../../src/engine/core/json.ts";
import { didYouMean, Problem } from "../../src/engine/core/problem.ts";
import { parseRegions, regionOf } from "../../src/engine/core/region.ts";
import { parseItem, parseTopic } from "../../src/engine/core/topic.ts";
import { keyVisitors, visitorOf } from "../../src/engine/http/request/visitor.ts";
import { markdown } from "../../src/engine/markdown/markdown.ts";
import { Views } from "../../src/engine/views/views.ts";
import { FIXTURES } from "../support/folders.ts";
import { Random } from "./random.ts";
import { cpuOf, inShort, leastCpu, type Reader, slowest } from "./slowest.ts";

const LONG = process.env.LONG === "1";
/** For each search, in milliseconds of CPU time. */
const BUDGET = LONG ? 60_000 : 1_500;
const SEED = Number(process.env.SEED ?? (LONG ? Date.now() % 1e9 : 20_310_415));

const K = 1_024;
/** How many times as long as a usual text a text may take of the event loop at once, and in all. */
const AT_ONCE = 10;
const IN_ALL = 100;

const views = Views.load(FIXTURES.views, (path) => `/${path}`);

const marks = [
  ..."*_`~[]()<>!#|\\&$:-+=\"' \n\t\r",
  ..."a. 。 é 😀 \u0000".split(" "),
  ..."** ___ `` ``` ~~ ~~~ ![ ]( [a](b [a](<b> )]( $$ \\$ \\` :// &amp; &#1; <a@b.c>".split(" "),
  ..."https://a.b [a](https://b.c) <https://a.b> **a** *a* _a_ `a` $a$ a*b_c".split(" "),
  ...[
    "\n\n",
    "> ",
    "\n> ",
    ">-\na\n",
    "> >-\n> [\n",
    "\n- ",
    "- - ",
    "1. ",
    "\n9) ",
    "\n    ",
    "\n\ta",
    "- [ ] a",
    "a\\\n",
    "a  \n",
  ],
  ...[
    "\n```\n",
    "\n~~~a\n",
    "  ```",
    "\n$$\n",
    "\n```js\n",
    "\n```html\n",
    "\n```rs\n",
    "\n```yaml\n",
    "\n    /* `",
    '"""',
    "*/'",
    "1 ",
    "</a",
    "\n# ",
    "a\n===\n",
    "\n---\n",
    "\n|a|b|\n|-|-|\n",
    "|",
    "a|b\n-|-\n",
    "|:-:",
    '[a](b "c',
    "[a]: b",
  ],
];

/** 64 KiB with something of everything: the measure of all others, as no two machines are as fast, nor one at all times. */
const usual = marks
  .join("")
  .repeat(400)
  .slice(0, 64 * K);
for (let i = 0; i < 30; i++) markdown(usual); // before it is compiled, it is slow
/** What Markdown of that text takes, in milliseconds of CPU. */
const USUAL = leastCpu(() => markdown(usual));
const told = (ms: number) => `${ms.toFixed(2)} ms of CPU, ${(ms / USUAL).toFixed(1)} times a usual text’s`;

/** An answer that is written and shown. @param size of the pieces in which it comes */
async function grown(text: string, size: number): Promise<{ once: number; all: number }> {
  const region = regionOf(parseTopic("chat/a"));
  const show = (pieces: readonly WrittenBlock[]) =>
    pieces.map(({ block, open }) => views.fragment(region, { data: { ...block, open }, at: 0, history: [], id: "a" }));
  const writer = new Writer({
    publish: async (pieces) => {
      show(pieces); // whether they can be shown
      await turn();
      show(pieces);
    },
    onError: (error) => {
      throw error;
    },
    pacer: new Pacer(0),
  });
  let once = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) once = Math.max(once, await cpuOf(turn));
  })();
  const all = await cpuOf(async () => {
    for (let i = 0; i < text.length; i += size) {
      await writer.add(text.slice(i, i + size));
      await turn();
    }
    const rest = await writer.end();
    for (let n = 0; n < 2; n++) {
      show(rest);
      await turn();
    }
  });
  isOver = true;
  await watching;
  return { once, all };
}

const markdownReader: Reader = { parts: marks, length: 64 * K, read: (text) => markdown(text) };
/** As an answer's text is read, where it is cut. */
const blocksReader: Reader = { parts: marks, length: 64 * K, read: (text) => new Blocks().add(text) };

test(`Markdown of 64 KiB, whatever it is, takes ${AT_ONCE} times as long as a usual text at most`, () => {
  const { text, ms } = slowest(markdownReader, new Random(SEED), 3 * BUDGET);
  console.log(
    `Markdown of 64 KiB: a usual one takes ${USUAL.toFixed(1)} ms of CPU, the slowest ${told(ms)}: ${inShort(text)} (seed ${SEED})`,
  );
  expect(ms / USUAL).toBeLessThanOrEqual(AT_ONCE);
}, 3_600_000);

test(`an answer of 64 KiB, whatever it is and in whatever pieces it comes, takes ${AT_ONCE} times as long as a usual text at once and ${IN_ALL} times in all at most`, async () => {
  const random = new Random(SEED);
  const texts = [markdownReader, blocksReader, markdownReader].map((reader) => slowest(reader, random, BUDGET).text);
  texts.push(">-\na\n".repeat(13 * K), "> >-\n> [\n".repeat(7 * K));
  for (const size of [16, 300, 64 * K]) {
    // The turns themselves take time, too, which is none of the text's.
    const turns = least(await several(() => grown(" ".repeat(64 * K), size))).all;
    let worst = { once: 0, all: 0, text: "" };
    for (const text of texts) {
      const { once, all } = least(await several(() => grown(text.slice(0, 64 * K), size)));
      worst = {
        once: Math.max(once, worst.once),
        all: Math.max(all, worst.all),
        text: all > worst.all ? text : worst.text,
      };
    }
    const { once, text } = worst;
    const all = worst.all - turns;
    console.log(
      `an answer of 64 KiB in pieces of ${size}: at once ${told(once)}, in all ${told(all)}, for ${inShort(text)}`,
    );
    expect(once / USUAL).toBeLessThanOrEqual(AT_ONCE);
    expect(all / USUAL).toBeLessThanOrEqual(IN_ALL);
  }
}, 3_600_000);

type Taken = Awaited<ReturnType<typeof grown>>;

async function several(run: () => Promise<Taken>): Promise<Taken[]> {
  const runs: Taken[] = [];
  for (let i = 0; i < 5; i++) runs.push(await run());
  return runs;
}

/** What else the machine does can only add to it. */
function least(runs: readonly Taken[]): Taken {
  return { once: Math.min(...runs.map((run) => run.once)), all: Math.min(...runs.map((run) => run.all)) };
}

/** Names that are all different, where a text has this in place of them. */
const numbered = (text: string) => {
  let n = 0;
  return text.replace(/§/g, () => `k${n++}`);
};
const json = [
  ...'1,|-0.1e-7,|"a",|"\\u0000",|"\\\\",|"é",|true,|null,|[],|{},|[[[[[[[[|]]]]]]]],|{"§":|1},|"§":0,|{"§":0},|[0],|" ,|\\|"§|,'.split(
    "|",
  ),
  ...[" ", "\n", "12345678901234567890,", "1e400,", "{", "}", "[", "]", '":'],
];
const names = [
  ..."a0-_./~%,?&=;:@ \"'\\+<>é😀\0".split(""),
  "%41",
  "%",
  "a/",
  "a=b&",
  "a=b; ",
  "price",
  "updates?",
  "format=",
  "../",
];

const app = new Koa();
keyVisitors(app, () => "secret", new OwnIds(() => "secret"));
const cookies = (cookie: string) => {
  const req = new IncomingMessage(new Socket());
  req.headers.cookie = cookie;
  return visitorOf(app.createContext(req, new ServerResponse(req)));
};
const refused = (read: (text: string) => unknown) => (text: string) => {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
};

test.each<[string, number, Reader]>([
  [
    "JSON of 256 KiB",
    3 * AT_ONCE,
    { parts: json, length: 256 * K - 8, within: (text) => numbered(`[${text}0]`), read: refused(parseJson) },
  ],
  [
    "JSON of one object",
    3 * AT_ONCE,
    { parts: json, length: 256 * K - 8, within: (text) => numbered(`{"":[${text}0]}`), read: refused(parseJson) },
  ],
  ["a topic", AT_ONCE, { parts: names, length: 200, read: refused(parseTopic) }],
  ["a list of regions", AT_ONCE, { parts: names, length: 16 * K, read: refused(parseRegions) }],
  ["a list of short regions", AT_ONCE, { parts: names, length: 4 * K, read: refused(parseRegions) }],
  ["an item's name", AT_ONCE, { parts: names, length: 200, read: refused(parseItem) }],
  ["a cursor", AT_ONCE, { parts: names, length: 200, read: parseCursor }],
  [
    "a param",
    AT_ONCE,
    { parts: names, length: 16 * K, read: refused((text) => views.widgets.get("updates")!.typed({ format: text })) },
  ],
  [
    "a name that is none",
    AT_ONCE,
    { parts: names, length: 16 * K, read: (text) => didYouMean(text, views.widgets.keys()) },
  ],
  ["a query", AT_ONCE, { parts: names, length: 16 * K, read: (text) => [...new URLSearchParams(text)] }],
  ["a cookie", AT_ONCE, { parts: [...names, "visitor=", "visitor.sig="], length: 16 * K, read: cookies }],
  ["what is read out of an answer", AT_ONCE, { parts: marks, length: 64 * K, read: (text) => plainWords(text, "") }],
])(
  "%s takes %i times as long to read as usual Markdown at most",
  (name, most, reader) => {
    const { text, ms } = slowest(reader, new Random(SEED), BUDGET / 5);
    console.log(`${name}: at most ${told(ms)}, for ${inShort(text)}`);
    expect(ms / USUAL).toBeLessThanOrEqual(most);
  },
  3_600_000,
);
