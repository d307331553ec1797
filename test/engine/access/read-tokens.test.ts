import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTokens, TokensFileError } from "../../../src/engine/access/read-tokens.ts";
import type { Right } from "../../../src/engine/access/token.ts";
import { parseTopic } from "../../../src/engine/core/topic.ts";
import { written } from "../../support/documents.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const A = sha256("a");
const B = sha256("b");
const topic = parseTopic;

describe("a token of the file", () => {
  const [ticker] = readTokens(`ticker: { sha256: ${A}, rights: [publish, remove], topics: [price, "rates/*"] }`).tokens;

  test.each([
    ["price", true],
    ["price/ACME", false],
    ["prices", false],
    ["rates", false],
    ["rates/EUR", true],
    ["rates/EUR/USD", true],
    ["ratesx/EUR", false],
    ["feed", false],
  ])("for price and rates/*: may publish to %s: %s", (name, may) => {
    expect(ticker!.may("publish", topic(name))).toBe(may);
    expect(ticker!.may("remove", topic(name))).toBe(may);
    expect(ticker!.may("read", topic(name))).toBe(false);
  });

  test("has no right that is not listed", () => {
    const may = (right: Right) => ticker!.may(right);
    expect([may("publish"), may("remove"), may("read"), may("metrics"), may("inspect")]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test("may be for all topics", () => {
    const [all] = readTokens(`reader:\n  sha256: ${A}\n  rights: read\n  topics: "*"\n`).tokens;
    expect(all!.may("read", topic("any/thing"))).toBe(true);
  });

  test("needs no topics for what is about none, and publishes as much as usual where no rate is said", () => {
    const [metrics] = readTokens(`prometheus: { sha256: ${A}, rights: metrics }`).tokens;
    expect([metrics!.may("metrics"), metrics!.may("read"), metrics!.rate]).toEqual([true, false, 10_000]);
  });

  test("has a rate of its own", () => {
    const [slow] = readTokens(`slow: { sha256: ${A}, rights: publish, topics: price, rate: 0.5 }`).tokens;
    expect(slow!.rate).toBe(0.5);
  });

  test("may be two for a while, the old and the new, by one name", () => {
    const { tokens } = readTokens(`ticker: { sha256: [${A}, ${B}], rights: publish, topics: price }`);
    expect(tokens.map(({ name }) => name)).toEqual(["ticker", "ticker"]);
    expect(tokens.map((token) => token.hasHash(Buffer.from(B, "hex")))).toEqual([false, true]);
  });

  test("shows nothing of its hash when it is printed", () => {
    expect(inspect(ticker, { depth: 9 })).not.toContain(A.slice(0, 8));
    expect(JSON.stringify(ticker)).not.toContain(A.slice(0, 8));
  });
});

test("the documents' file is one of tokens, with the hashes that its command prints", () => {
  const file = written("yaml", "ticker:");
  const command = /# (TOKEN=.+)/.exec(file)![1]!;
  const made: string[] = [];
  const filled = file.replaceAll(/\b[0-9a-f]{4}…/g, () => {
    const [token, hash] = execFileSync("sh", ["-c", command], { encoding: "utf8" }).split("\n");
    made.push(token!);
    return hash!.slice(0, 64);
  });
  const { tokens } = readTokens(filled);
  expect(tokens.map(({ name, rate }) => [name, rate])).toEqual([
    ["ticker", 100],
    ["prometheus", 10_000],
  ]);
  expect(tokens.map((token, i) => token.hasHash(Buffer.from(sha256(made[i]!), "hex")))).toEqual([true, true]);
  expect([tokens[0]!.may("publish", topic("price/ACME")), tokens[1]!.may("metrics")]).toEqual([true, true]);
});

const good = `good:\n  sha256: ${A}\n  rights: [publish]\n  topics: [price]\n`;

test.each([
  ["", 1, "There is no token in it."],
  ["# nothing\n", 1, "There is no token in it."],
  ["- a\n", 1, "Write “name:”"],
  [`${good}bad: [\n`, 6, "This is not YAML."],
  [`${good}bad:\n\trights: read\n`, 6, "YAML takes no tabs."],
  [`${good}${good}`, 5, "This name stands there twice."],
  [`${good}bad:\n`, 5, "Write below “bad” what it has: sha256, rights, topics, rate."],
  [`${good}two words: {}\n`, 5, "A token's name has 1 to 40 letters"],
  [`${good}PUBLISH_TOKEN: {}\n`, 5, "and is not PUBLISH_TOKEN"],
  [`${good}bad:\n  rights: read\n`, 5, "“bad” has no sha256."],
  [`${good}bad:\n  sha256: ${B}\n`, 5, "“bad” has no rights. They are publish, remove, read, metrics, inspect."],
  [`${good}bad:\n  sha256: ${B}\n  rights: read\n`, 5, "“bad” has no topics."],
  [`${good}bad:\n  sha256: ${B}\n  right: read\n`, 7, "Did you mean “rights”?"],
  [`${good}bad:\n  token: s3cret\n`, 6, "No token stands here itself."],
  [`${good}bad:\n  sha256: s3cret\n  rights: metrics\n`, 6, "This is no SHA-256."],
  [`${good}bad:\n  sha256: ${sha256("")}\n  rights: metrics\n`, 6, "Was $TOKEN set?"],
  [`${good}bad:\n  sha256: ${A}\n  rights: metrics\n`, 6, "“bad” and “good” are one token."],
  [`${good}bad:\n  sha256: ${B}\n  rights: [metrics, publsh]\n`, 7, "Did you mean “publish”?"],
  [`${good}bad:\n  sha256: ${B}\n  rights: []\n`, 7, "“rights” is empty."],
  [`${good}bad:\n  sha256: ${B}\n  rights: {read: yes}\n`, 7, "“rights” must be a text, or a list"],
  [`${good}bad:\n  sha256: ${B}\n  rights: read\n  topics: [*]\n`, 8, 'Write "*" in quotes.'],
  [`${good}bad:\n  sha256: ${B}\n  rights: read\n  topics: [price*]\n`, 8, "price/* for all below it"],
  [`${good}bad:\n  sha256: ${B}\n  rights: read\n  topics: ["*/price"]\n`, 8, "price/* for all below it"],
  [`${good}bad:\n  sha256: ${B}\n  rights: read\n  topics: x\n  rate: 0\n`, 9, "over 0 and at most 1000000"],
  [`${good}bad:\n  sha256: ${B}\n  rights: read\n  topics: x\n  rate: fast\n`, 9, "over 0 and at most 1000000"],
])("a file %j is refused, with the line and the mend", (text, line, message) => {
  expect(() => readTokens(text)).toThrow(expect.objectContaining({ line, message: expect.stringContaining(message) }));
});

test.each([
  "x: {token: s3cret}",
  "x: s3cret",
  "s3cret",
  "- s3cret",
  "x:\n  sha256: s3cret",
  "x: {sha256: 's3cret",
  "x: *s3cret",
  "x: {sha256: &s3cret s3cret, rights: s3cret}",
  'x: "\\s3cret"',
  "x: !s3cret [",
  "]s3cret",
  "x: y: s3cret",
  "%s3cret\n---\nx: {",
])("what is refused of %j is not repeated, since it may be a token", (text) => {
  let said = "";
  try {
    readTokens(text);
  } catch (error) {
    said = inspect(error, { showHidden: true });
  }
  expect(said).toMatch(/TokensFileError|Error: /);
  expect(said.split("\n    at ")[0]).not.toContain("s3cret");
});

test("whatever is in the file, it is read or refused with a line of it, and a damaged one gives no token a right that it had not", () => {
  const whole = `${good}other: { sha256: ${B}, rights: [read, metrics], topics: [feed/*, "*"], rate: 3 }\n`;
  const damaged = fc
    .tuple(
      fc.nat(whole.length),
      fc.nat(whole.length),
      fc.oneof(fc.constant(""), fc.string(), fc.constantFrom(..."[]{}:*&!|>%@`\t\n'\"#-")),
    )
    .map(([a, b, text]) => whole.slice(0, Math.min(a, b)) + text + whole.slice(Math.max(a, b)));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), damaged), (text) => {
      try {
        for (const token of readTokens(text).tokens) expect(token.may("inspect") || token.may("remove")).toBe(false);
      } catch (error) {
        if (!(error instanceof TokensFileError)) throw error;
        const lines = text.split("\n").length;
        if (error.line < 1 || error.line > lines) throw new Error(`line ${error.line} of ${lines}`);
      }
    }),
    { numRuns: 200 },
  );
});

test.each(["[", "a: ", "{a: ", "- ", "? "])("%j ten thousand times is refused as any mistake", (text) => {
  expect(() => readTokens(text.repeat(10_000))).toThrow(TokensFileError);
});
