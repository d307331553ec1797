import type { Json } from "../engine/core/json.ts";
import { ApiError } from "./api-error.ts";
import { canned } from "./canned.ts";
import type { Format } from "./format.ts";
import { sampleOf } from "./json-schema/sample.ts";
import { isSchema, Unmakeable } from "./json-schema/schema.ts";
import type { MockAnswer } from "./paced-answer.ts";
import type { Question } from "./question.ts";
import type { Random } from "./random.ts";
import { scripted } from "./scripts.ts";
import { before } from "./stop.ts";
import { tokensOf } from "./tokens.ts";
import type { Tool } from "./tools.ts";

/** @throws ApiError where the prompt asks for one, or a schema for what cannot be made */
export function answerTo(question: Question, random: Random): MockAnswer {
  const { prompt, stop } = question;
  const tool = wanted(question);
  if (tool !== undefined) return { tokens: tokensOf(calledWith(tool, prompt.replace(/^\/tool\b/, "").trim())), tool };
  const answer = inWords(question, random);
  return stop.length === 0 ? answer : { ...answer, tokens: before(stop, answer.tokens) };
}

function inWords({ prompt, toolSaid, format }: Question, random: Random): MockAnswer {
  const script = toolSaid === undefined ? scripted(prompt, random) : undefined;
  // What a script does to the pace and the end holds for JSON, too.
  if (format !== undefined) return { ...script, tokens: tokensOf(JSON.stringify(made(format, toolSaid ?? prompt))) };
  if (script !== undefined) return script;
  const text =
    toolSaid === undefined ? (canned(prompt, random) ?? echo(prompt)) : `The tool says:\n\n${quoted(toolSaid)}`;
  return { tokens: tokensOf(text) };
}

/** The tool that is called: the one that is named or required, or the first one if the prompt says `/tool`. */
function wanted({ tools, choice, prompt, toolSaid }: Question): Tool | undefined {
  if (choice === "none" || toolSaid !== undefined) return undefined;
  if (typeof choice === "object") return tools.find(({ name }) => name === choice.name);
  return choice === "required" || /^\/tool\b/.test(prompt) ? tools[0] : undefined;
}

function calledWith({ kind, parameters, path }: Tool, about: string): string {
  if (kind === "custom") return about || "example";
  const value = made({ schema: parameters, path }, about);
  return JSON.stringify(isSchema(value) ? value : {});
}

/** Of what somebody said, so much is repeated in JSON, in code points. */
const MAX_SUBJECT_CHARACTERS = 200;

function made({ schema, path }: Format, about: string): Json {
  try {
    return sampleOf(schema, [...about].slice(0, MAX_SUBJECT_CHARACTERS).join("") || "example");
  } catch (error) {
    if (!(error instanceof Unmakeable)) throw error;
    const message = `This mock makes nothing for the schema at '${path}': ${error.message}.`;
    throw new ApiError(400, "invalid_json_schema", message, { param: path });
  }
}

const MAX_ECHOED_CHARACTERS = 1_000;

function echo(prompt: string): string {
  if (prompt === "") return "You have said nothing yet. Say **hello**, or `/help` for what else I can do.";
  return `You said:\n\n${quoted(prompt)}\n\nI am a mock and know little of that. \`/help\` lists what I can do.`;
}

function quoted(text: string): string {
  const characters = [...text];
  const start = characters.slice(0, MAX_ECHOED_CHARACTERS).join("");
  const rest = characters.length > MAX_ECHOED_CHARACTERS ? " …" : "";
  return `${start
    .trim()
    .split(/\r\n|\r|\n/)
    .map((line) => `> ${line}`)
    .join("\n")}${rest}`;
}
