import { createHash } from "node:crypto";
import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument, type YAMLMap } from "yaml";
import { LIMITS } from "../core/limits.ts";
import { didYouMean, Problem } from "../core/problem.ts";
import { parseTopic } from "../core/topic.ts";
import { type Grant, OPERATOR, RIGHTS, type Right, Token } from "./token.ts";

/** What is wrong with the file, and in which line. It repeats nothing but names, since a token may have been put anywhere. */
export class TokensFileError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** A topic that a token is for. */
export interface ListedTopic {
  readonly line: number;
  readonly token: string;
  readonly pattern: string;
}

export interface ListedTokens {
  readonly tokens: readonly Token[];
  readonly topics: readonly ListedTopic[];
}

/** Each request is compared with all of them. */
const MAX_TOKENS = 1_000;
const MAX_RATE = 1_000_000;

const NAME = /^[\w.-]{1,40}$/;
const HASH_OF_NOTHING = createHash("sha256").digest("hex");
const HASH = 'Write the 64 digits that printf %s "$TOKEN" | sha256sum prints.';
/** What the topics are about. */
const ABOUT_TOPICS: readonly Right[] = ["publish", "remove", "read"];

const KEYS = ["sha256", "rights", "topics", "rate"] as const;
type Key = (typeof KEYS)[number];
/** Where something stands in the text. */
type Refuse = (offset: number, message: string) => never;
interface Text {
  readonly text: string;
  readonly offset: number;
}

/**
 * Reads the tokens of a file. By each one's name:
 *
 *     ticker:
 *       sha256: 4f1c…           # of the token; two of them in brackets while it is replaced by another
 *       rights: [publish]
 *       topics: [price, price/*]
 *       rate: 100               # publishes a second; 10,000 by default
 *
 * @throws TokensFileError
 */
export function readTokens(source: string): ListedTokens {
  const lines = new LineCounter();
  const refuse: Refuse = (offset, message) => {
    throw new TokensFileError(lines.linePos(offset).line, message);
  };
  // Each value is a text: a hash of digits alone would be a number otherwise, and no longer what was written.
  const { contents, errors } = parseDocument(source, { lineCounter: lines, prettyErrors: false, schema: "failsafe" });
  if (errors[0]) refuse(errors[0].pos[0], wrongWith(errors[0].code));
  if (contents !== null && !isMap(contents))
    refuse(offsetOf(contents), "Write “name:”, and below it what the token may.");
  const listed = contents === null ? [] : pairsOf(contents as YAMLMap, refuse);
  // An editor, or a full disk, leaves an empty file: it is not what says that nobody may anything.
  if (listed.length === 0) refuse(0, "There is no token in it. List one; to admit nobody, remove the file.");
  if (listed.length > MAX_TOKENS) refuse(0, `There are more than ${MAX_TOKENS} tokens.`);

  const tokens: Token[] = [];
  const topics: ListedTopic[] = [];
  for (const { key, value } of listed) {
    const { hashes, ...grant } = grantOf(key, value, refuse);
    for (const { text, offset } of hashes) {
      const hash = Buffer.from(text, "hex");
      const same = tokens.find((token) => token.hasHash(hash));
      if (same) refuse(offset, `“${grant.name}” and “${same.name}” are one token. Make each its own.`);
      tokens.push(new Token({ ...grant, topics: grant.topics.map(({ text }) => text) }, hash));
    }
    for (const { text, offset } of grant.topics) {
      topics.push({ line: lines.linePos(offset).line, token: grant.name, pattern: text });
    }
  }
  return { tokens, topics };
}

type Written = Omit<Grant, "topics"> & { readonly topics: readonly Text[]; readonly hashes: readonly Text[] };

function grantOf(name: Text, value: unknown, refuse: Refuse): Written {
  const { offset } = name;
  if (!NAME.test(name.text) || name.text === OPERATOR) {
    refuse(offset, `A token's name has 1 to 40 letters, digits, “.”, “_” or “-”, and is not ${OPERATOR}.`);
  }
  if (!isMap(value)) return refuse(offset, `Write below “${name.text}” what it has: ${KEYS.join(", ")}.`);
  const given: Partial<Record<Key, { offset: number; texts: Text[] }>> = {};
  for (const { key, value: of } of pairsOf(value as YAMLMap, refuse)) {
    given[keyOf(key, refuse)] = { offset: key.offset, texts: textsOf(of, key, refuse) };
  }
  const { sha256, rights, topics, rate } = given;
  if (sha256 === undefined) return refuse(offset, `“${name.text}” has no sha256. ${HASH}`);
  if (rights === undefined) return refuse(offset, `“${name.text}” has no rights. They are ${RIGHTS.join(", ")}.`);
  const may = rights.texts.map((right) => rightOf(right, refuse));
  if (topics === undefined && may.some((right) => ABOUT_TOPICS.includes(right))) {
    refuse(offset, `“${name.text}” has no topics. Write such as [price, price/*], or "*" for all.`);
  }
  return {
    name: name.text,
    rights: may,
    hashes: sha256.texts.map((hash) => hashOf(hash, refuse)),
    topics: (topics?.texts ?? []).map((pattern) => patternOf(pattern, refuse)),
    rate: rate === undefined ? LIMITS.publishesASecond : rateOf(rate.texts, rate.offset, refuse),
  };
}

function keyOf({ text, offset }: Text, refuse: Refuse): Key {
  if (KEYS.includes(text as Key)) return text as Key;
  if (text === "token") return refuse(offset, `No token stands here itself. ${HASH} That is its sha256.`);
  return refuse(offset, `A token has ${KEYS.join(", ")}, and nothing else.${didYouMean(text, KEYS)}`);
}

function rightOf({ text, offset }: Text, refuse: Refuse): Right {
  if (RIGHTS.includes(text as Right)) return text as Right;
  return refuse(offset, `The rights are ${RIGHTS.join(", ")}.${didYouMean(text, RIGHTS)}`);
}

function hashOf({ text, offset }: Text, refuse: Refuse): Text {
  if (!/^[0-9a-f]{64}$/i.test(text)) refuse(offset, `This is no SHA-256. ${HASH}`);
  if (text.toLowerCase() === HASH_OF_NOTHING) refuse(offset, "This is the SHA-256 of no text at all. Was $TOKEN set?");
  return { text, offset };
}

function patternOf({ text, offset }: Text, refuse: Refuse): Text {
  try {
    if (text !== "*") parseTopic(text.replace(/\/\*$/, ""));
    return { text, offset };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return refuse(offset, 'A topic is written such as price, price/* for all below it, or "*" for all.');
  }
}

function rateOf([rate]: readonly Text[], offset: number, refuse: Refuse): number {
  const value = /^\d+(\.\d+)?$/.test(rate?.text ?? "") ? Number(rate!.text) : 0;
  return value > 0 && value <= MAX_RATE
    ? value
    : refuse(offset, `A rate is how many publishes a second, over 0 and at most ${MAX_RATE}.`);
}

function pairsOf(map: YAMLMap, refuse: Refuse): { key: Text; value: unknown }[] {
  return (map.items as Pair[]).map(({ key, value }) => {
    if (!isScalar(key)) return refuse(offsetOf(key), "Write “name: value”.");
    return { key: { text: String(key.value), offset: offsetOf(key) }, value };
  });
}

/** One text, or a list of them. */
function textsOf(value: unknown, key: Text, refuse: Refuse): Text[] {
  const nodes = isSeq(value) ? value.items : [value];
  const texts = nodes.map((node) => {
    if (isScalar(node) && node.value !== "") return { text: String(node.value), offset: offsetOf(node) };
    return refuse(key.offset, `“${key.text}” must be a text, or a list of texts in brackets.`);
  });
  return texts.length > 0 ? texts : refuse(key.offset, `“${key.text}” is empty.`);
}

function offsetOf(node: unknown): number {
  return (node as { range?: readonly number[] | null } | null)?.range?.[0] ?? 0;
}

/** In words of ours, since the parser's quote the text. */
function wrongWith(code: string): string {
  if (code === "BAD_ALIAS") return 'YAML takes a bare * for something else. Write "*" in quotes.';
  if (code === "DUPLICATE_KEY") return "This name stands there twice. Each is there once.";
  if (code === "TAB_AS_INDENT") return "YAML takes no tabs. Indent with spaces.";
  return "This is not YAML. Write “name:”, and below it, indented, “key: value”.";
}
