import { didYouMean } from "../engine/core/problem.ts";
import { failure, STATUSES } from "./failure.ts";
import { HOSTILE } from "./hostile.ts";
import type { MockAnswer } from "./paced-answer.ts";
import { ramble } from "./ramble.ts";
import { type Random, seeded } from "./random.ts";
import { CODE, STORY, TABLE, UNICODE } from "./showpieces.ts";
import { tokensOf } from "./tokens.ts";

interface Script {
  readonly does: string;
  /** @throws ApiError */
  readonly run: (words: string, random: Random) => MockAnswer;
}

const LONG = { usual: 2_000, most: 50_000 };

/** What a prompt can ask for by name, so that whoever can only type into a chat box can see how things fail. */
const SCRIPTS: Readonly<Record<string, Script>> = {
  slow: {
    does: "a story, three seconds late and at four tokens a second",
    run: () => ({ tokens: tokensOf(STORY), pace: { ttftMs: 3_000, tokensPerSecond: 4 } }),
  },
  fast: {
    does: "the same, at once and at a thousand tokens a second",
    run: () => ({ tokens: tokensOf(STORY), pace: { ttftMs: 0, tokensPerSecond: 1_000 } }),
  },
  error: {
    does: `fails before it begins: \`/error 429\`, or one of ${STATUSES.filter((status) => status !== 429).join(", ")}`,
    run: (words) => {
      const error = failure(words === "" ? 500 : Number(words));
      if (error !== undefined) throw error;
      return said(`I can fail with ${STATUSES.join(", ")}: \`/error 429\`.`);
    },
  },
  cut: { does: "the connection is lost in mid-answer", run: () => ({ tokens: tokensOf(STORY), fate: "cut" }) },
  stall: { does: "begins, and then says nothing more", run: () => ({ tokens: tokensOf(STORY), fate: "stall" }) },
  long: {
    does: `about ${LONG.usual} tokens of every kind of Markdown; \`/long 5000\` for more, at most ${LONG.most}`,
    run: (words, random) => {
      const tokens = /^\d{1,6}$/.test(words) ? Math.min(Number(words), LONG.most) : LONG.usual;
      return { tokens: ramble(random, tokens) };
    },
  },
  endless: {
    does: "goes on until you leave, or the mock has had enough: after ten minutes, or 65,536 tokens",
    run: (_, random) => ({ tokens: ramble(random, Number.POSITIVE_INFINITY) }),
  },
  table: { does: "a table", run: () => said(TABLE) },
  code: { does: "code in three languages", run: () => said(CODE) },
  html: { does: "markup that means harm, and must stay text", run: () => said(HOSTILE) },
  unicode: { does: "what is hard to cut and to draw", run: () => said(UNICODE) },
  tool: {
    does: "calls the first of the request's tools; what follows becomes its arguments",
    run: () => said("There is no tool to call: the request has no `tools`."),
  },
  call: {
    does: "calls a tool that the request does not have, as services do that have some of their own",
    run: (words) => ({
      tokens: tokensOf(JSON.stringify({ query: words || "brooks" })),
      tool: { name: "look_up", kind: "function", parameters: {}, path: "" },
    }),
  },
  help: { does: "this list", run: () => said(help("These are the things that I do on purpose:")) },
};

/** The answer to a prompt such as `/long 5000`; undefined for any other prompt. @throws ApiError */
export function scripted(prompt: string, random: Random): MockAnswer | undefined {
  const [, name, words = ""] = /^\/([a-z]{1,40})(?:\s+(.*))?$/is.exec(prompt) ?? [];
  if (name === undefined) return undefined;
  const script = Object.entries(SCRIPTS).find(([known]) => known === name.toLowerCase())?.[1];
  // A generator of its own, so that what is said and how quickly do not depend on each other.
  if (script !== undefined) return script.run(words.trim(), seeded(`${random()}`));
  return said(help(`I know no \`/${name}\`.${didYouMean(name, Object.keys(SCRIPTS))} There are:`));
}

function said(text: string): MockAnswer {
  return { tokens: tokensOf(text) };
}

function help(opening: string): string {
  const lines = Object.entries(SCRIPTS).map(([name, { does }]) => `- \`/${name}\`: ${does}`);
  return `${opening}\n\n${lines.join("\n")}\n\nAnything else gets an answer that was written beforehand, or comes back as it is.`;
}
