import { canned } from "./canned.ts";
import type { Pace } from "./pace.ts";
import type { Question, Tool } from "./question.ts";
import type { Random } from "./random.ts";
import { scripted } from "./scripts.ts";
import { tokensOf } from "./tokens.ts";
import { argumentsFor } from "./tool-call.ts";

/** What is said to a question, before it is known how quickly. */
export interface Answer {
  /** Of the text, or of the call's arguments. May have no end. */
  readonly tokens: Iterable<string>;
  /** The tool that it calls. */
  readonly tool?: string;
  readonly pace?: Partial<Pace>;
  /** How it breaks off: the connection is lost, or nothing more comes. */
  readonly fate?: "cut" | "stall";
}

/** @throws ApiError where the prompt asks for one */
export function answerTo(question: Question, random: Random): Answer {
  const { prompt, toolSaid } = question;
  if (toolSaid !== undefined) return { tokens: tokensOf(`The tool says:\n\n${quoted(toolSaid)}`) };
  const tool = wanted(question);
  if (tool !== undefined) {
    const about = prompt.replace(/^\/tool\b/, "").trim();
    return { tokens: tokensOf(JSON.stringify(argumentsFor(tool.parameters, about))), tool: tool.name };
  }
  return scripted(prompt, random) ?? { tokens: tokensOf(canned(prompt, random) ?? echo(prompt)) };
}

/** The tool that is called: the one that is named or required, or the first one if the prompt says `/tool`. */
function wanted({ tools, choice, prompt }: Question): Tool | undefined {
  if (choice === "none") return undefined;
  if (typeof choice === "object") return tools.find(({ name }) => name === choice.name);
  return choice === "required" || /^\/tool\b/.test(prompt) ? tools[0] : undefined;
}

const MOST_ECHOED = 1_000;

function echo(prompt: string): string {
  if (prompt === "") return "You have said nothing yet. Say **hello**, or `/help` for what else I can do.";
  return `You said:\n\n${quoted(prompt)}\n\nI am a mock and know little of that. \`/help\` lists what I can do.`;
}

function quoted(text: string): string {
  const characters = [...text];
  const start = characters.slice(0, MOST_ECHOED).join("");
  const rest = characters.length > MOST_ECHOED ? " …" : "";
  return `${start
    .trim()
    .split(/\r\n|\r|\n/)
    .map((line) => `> ${line}`)
    .join("\n")}${rest}`;
}
