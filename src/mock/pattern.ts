import { type AST, RegExpParser } from "@eslint-community/regexpp";
import { Unmakeable } from "./schema.ts";

const LONGEST_PATTERN = 1_000;
/** The longest text that is made for a pattern, in UTF-16 code units. */
const LONGEST_TEXT = 4_096;

/**
 * Texts that a regular expression matches, made from its parts: it is not run, as strangers write it, and some run for ever.
 * In each, what may be repeated is repeated once more than in the one before.
 * @throws Unmakeable
 */
export function* matching(pattern: string): Generator<string> {
  if (pattern.length > LONGEST_PATTERN) throw new Unmakeable("it has a pattern that is too long");
  const alternatives = parsed(pattern);
  for (let more = 0; ; more++) yield ofAlternatives(alternatives, more);
}

function parsed(pattern: string): AST.Alternative[] {
  try {
    return new RegExpParser().parsePattern(pattern, 0, pattern.length, { unicode: true }).alternatives;
  } catch {
    throw new Unmakeable("it has a pattern that is no regular expression");
  }
}

function ofAlternatives([first]: AST.Alternative[], more: number): string {
  let text = "";
  for (const element of first?.elements ?? []) {
    text += ofElement(element, more);
    if (text.length > LONGEST_TEXT) throw tooLong();
  }
  return text;
}

function ofElement(element: AST.Element, more: number): string {
  switch (element.type) {
    case "Character":
      return String.fromCodePoint(element.value);
    case "CharacterSet":
    case "CharacterClass":
      return characterOf(element);
    case "Group":
    case "CapturingGroup":
      return ofAlternatives(element.alternatives, more);
    case "Quantifier": {
      const times = Math.min(element.min + more, element.max);
      if (times === 0) return "";
      return repeated(ofElement(element.element, more), times);
    }
    case "Assertion":
      if (element.kind === "start" || element.kind === "end") return "";
  }
  throw new Unmakeable("it has a pattern that looks around, or back");
}

function repeated(text: string, times: number): string {
  if (text.length * times > LONGEST_TEXT) throw tooLong();
  return text.repeat(times);
}

function tooLong(): Unmakeable {
  return new Unmakeable("it has a pattern for a text that is too long");
}

/** Tried in this order for what a class takes: what reads well comes first. */
const LIKELY = [..."a1A_- .@/:,;#+*=!?\"'()<>[]{}|~^$%&\\`\tä€"];

function characterOf(set: AST.CharacterSet | AST.CharacterClass): string {
  const found = LIKELY.find((sign) => isIn(set, sign.codePointAt(0)!));
  if (found !== undefined) return found;
  for (let code = 0x21; code < 0x3000; code++) if (isIn(set, code)) return String.fromCodePoint(code);
  throw new Unmakeable("it has a pattern with a class that this mock finds nothing for");
}

type Part = AST.CharacterClass["elements"][number] | AST.CharacterClass | AST.CharacterSet;

function isIn(part: Part, code: number): boolean {
  switch (part.type) {
    case "Character":
      return part.value === code;
    case "CharacterClassRange":
      return part.min.value <= code && code <= part.max.value;
    case "CharacterClass":
      return part.elements.some((element) => isIn(element, code)) !== part.negate;
    case "CharacterSet": {
      const sign = String.fromCodePoint(code);
      if (part.kind === "any") return sign !== "\n";
      if (part.kind === "property") return isOfProperty(part, sign);
      return KINDS[part.kind].test(sign) !== part.negate;
    }
  }
  return false;
}

const KINDS = { digit: /\d/, space: /\s/, word: /\w/ };

/** Of one character only, so that it cannot take long. */
function isOfProperty({ key, value, negate }: AST.UnicodePropertyCharacterSet, sign: string): boolean {
  return new RegExp(`\\p{${value === null ? key : `${key}=${value}`}}`, "u").test(sign) !== negate;
}
