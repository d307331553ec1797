import { type AST, RegExpParser } from "@eslint-community/regexpp";
import { Unmakeable } from "./schema.ts";

const MAX_PATTERN_CHARACTERS = 1_000;
/** The longest text that is made for a pattern, in UTF-16 code units. */
const MAX_TEXT_CHARACTERS = 4_096;

/** How much of a pattern is read, or walked through, or of its classes looked at, for the price of one look at a schema. */
const READ_A_STEP = 8;
const PARTS_A_STEP = 64;
const LOOKS_A_STEP = 16;

/**
 * Texts that a regular expression matches, made from its parts: it is not run, as strangers write it, and some run for ever.
 * In each, what may be repeated is repeated once more than in the one before.
 * @param step pays for work, in looks at a schema; what it throws ends it
 * @throws Unmakeable
 */
export function* matching(pattern: string, step: (count: number) => void): Generator<string> {
  if (pattern.length > MAX_PATTERN_CHARACTERS) throw new Unmakeable("it has a pattern that is too long");
  step(pattern.length / READ_A_STEP);
  const alternatives = parsed(pattern);
  const characters = new Map<Class, string>();
  /** Found once for each class: that may take thousands of looks. */
  const characterIn: CharacterIn = (set) => {
    const character = characters.get(set) ?? characterOf(set, (looks) => step(looks / LOOKS_A_STEP));
    characters.set(set, character);
    return character;
  };
  for (let more = 0; ; more++) {
    step(pattern.length / PARTS_A_STEP);
    yield ofAlternatives(alternatives, more, characterIn);
  }
}

type Class = AST.CharacterSet | AST.CharacterClass;
type CharacterIn = (set: Class) => string;

function parsed(pattern: string): AST.Alternative[] {
  try {
    return new RegExpParser().parsePattern(pattern, 0, pattern.length, { unicode: true }).alternatives;
  } catch {
    throw new Unmakeable("it has a pattern that is no regular expression");
  }
}

function ofAlternatives([first]: AST.Alternative[], more: number, characterIn: CharacterIn): string {
  let text = "";
  for (const element of first?.elements ?? []) {
    text += ofElement(element, more, characterIn);
    if (text.length > MAX_TEXT_CHARACTERS) throw tooLong();
  }
  return text;
}

function ofElement(element: AST.Element, more: number, characterIn: CharacterIn): string {
  switch (element.type) {
    case "Character":
      return String.fromCodePoint(element.value);
    case "CharacterSet":
    case "CharacterClass":
      return characterIn(element);
    case "Group":
    case "CapturingGroup":
      return ofAlternatives(element.alternatives, more, characterIn);
    case "Quantifier": {
      const times = Math.min(element.min + more, element.max);
      if (times === 0) return "";
      return repeated(ofElement(element.element, more, characterIn), times);
    }
    case "Assertion":
      if (element.kind === "start" || element.kind === "end") return "";
  }
  throw new Unmakeable("it has a pattern that looks around, or back");
}

function repeated(text: string, times: number): string {
  if (text.length * times > MAX_TEXT_CHARACTERS) throw tooLong();
  return text.repeat(times);
}

function tooLong(): Unmakeable {
  return new Unmakeable("it has a pattern for a text that is too long");
}

/** Tried in this order for what a class takes: what reads well comes first. */
const LIKELY = [..."a1A_- .@/:,;#+*=!?\"'()<>[]{}|~^$%&\\`\tä€"];

function characterOf(set: Class, look: (count: number) => void): string {
  const parts = set.type === "CharacterClass" ? set.elements.length : 1;
  const takes = (code: number) => {
    look(parts);
    return isIn(set, code);
  };
  const found = LIKELY.find((sign) => takes(sign.codePointAt(0)!));
  if (found !== undefined) return found;
  for (let code = 0x21; code < 0x3000; code++) if (takes(code)) return String.fromCodePoint(code);
  throw new Unmakeable("it has a pattern with a class that this mock finds nothing for");
}

type Part = AST.CharacterClass["elements"][number] | Class;

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
