import { parseArgs } from "node:util";
import { didYouMean } from "../engine/core/problem.ts";

/** What is wrong with how the command was called, or with where: a sentence with its mend, and no stack. */
export class Misuse extends Error {}

/** One of the things that `brooklet` does. */
export interface Command {
  readonly name: string;
  /** What it is called with, such as `[folder]`. */
  readonly takes: string;
  /** How many words that may be. */
  readonly most: number;
  /** In a few words, for the list of all of them. */
  readonly does: string;
  /** For whoever asks for help with it. */
  readonly help: string;
  /** @returns what the process exits with; undefined while it goes on @throws Misuse */
  readonly run: (words: readonly string[]) => Promise<number | undefined>;
}

/** What somebody asks for. */
export type Call =
  | { readonly wants: "help"; readonly command?: Command | undefined }
  | { readonly wants: "version" }
  | { readonly wants: "run"; readonly command: Command; readonly words: readonly string[] };

const OPTIONS = { help: { type: "boolean", short: "h" }, version: { type: "boolean", short: "v" } } as const;
/** What settings are that others have options for, each with an example of a value. */
const SETTINGS: Readonly<Record<string, readonly [name: string, value: string]>> = {
  port: ["PORT", "3001"],
  p: ["PORT", "3001"],
  host: ["HOST", "0.0.0.0"],
};

/** @param args what follows `brooklet` @throws Misuse for what it does not know, with what may have been meant */
export function callOf(args: readonly string[], commands: readonly Command[]): Call {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const [first, ...words] = positionals;
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== "option" || token.name in OPTIONS) continue;
    const next = tokens[i + 1];
    const value = token.value ?? (next?.kind === "positional" ? next.value : undefined);
    refuse({ ...token, value }, commands.find(({ name }) => positionals.includes(name))?.name);
  }
  if (values.version) return { wants: "version" };
  if (first === undefined) return { wants: "help" };
  if (first === "help")
    return { wants: "help", command: words[0] === undefined ? undefined : find(words[0], commands) };
  const command = find(first, commands);
  if (values.help) return { wants: "help", command };
  const [tooMuch] = words.slice(command.most);
  if (tooMuch !== undefined) {
    throw new Misuse(`“${tooMuch}” is too much. Write: ${usage(command)}`);
  }
  return { wants: "run", command, words };
}

interface Option {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

function refuse({ name, rawName, value }: Option, command = "dev"): never {
  const setting = SETTINGS[name];
  const mend =
    setting === undefined
      ? didYouMean(name, Object.keys(OPTIONS)).replace("“", "“--") || " brooklet help tells what there is."
      : ` Settings are variables: ${setting[0]}=${isWord(value) ? value : setting[1]} brooklet ${command}`;
  throw new Misuse(`${rawName} is not an option of brooklet.${mend}`);
}

/** Whether it is to be shown again as it is, in a line for a shell. */
const isWord = (value: string | undefined): value is string => /^[\w.:-]+$/.test(value ?? "");

function find(name: string, commands: readonly Command[]): Command {
  const command = commands.find((command) => command.name === name);
  if (command !== undefined) return command;
  const names = commands.map(({ name }) => name);
  const mend = didYouMean(name, [...names, "help"]) || ` It has ${names.join(", ")} and help.`;
  throw new Misuse(`brooklet has no command “${name}”.${mend}`);
}

export function usage({ name, takes }: Command): string {
  return `brooklet ${name} ${takes}`.trimEnd();
}
