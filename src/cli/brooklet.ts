#!/usr/bin/env node
import { TO_MEND } from "../engine/config/variables.ts";
import { VERSION } from "../version.ts";
import { type Call, type Command, callOf, Misuse, usage } from "./arguments.ts";

const FOLDER = "The folder is one with views/ in it; where none is named, it is the one that you are in.";
const SETTINGS =
  "Settings are variables, such as PORT=3001: /docs/reference lists them. What is taken up from src/sources, src/actions and\n" +
  "src/authorize may be TypeScript, and so may schemas of widgets.";

// Each is imported when it is asked for: the server is large, and most commands do without it.
const COMMANDS: readonly Command[] = [
  {
    name: "new",
    takes: "<folder>",
    most: 1,
    does: "make a folder of pages: a small start, to change as you like",
    help: "The folder is a new one, or empty.",
    run: async ([folder]) => say((await import("./new.ts")).makeFolder(folder)),
  },
  {
    name: "dev",
    takes: "[folder]",
    most: 1,
    does: "run a folder while you write it: whatever changes shows at once, mistakes with file and line",
    help: `${FOLDER}\n${SETTINGS}`,
    run: async ([folder]) => (await import("./dev.ts")).develop(folder),
  },
  {
    name: "start",
    takes: "[folder]",
    most: 1,
    does: "run a folder for its visitors; publishing needs a PUBLISH_TOKEN then",
    help: `${FOLDER}\n${SETTINGS}\nNODE_ENV is production unless it is set.`,
    run: async ([folder]) => (await import("./start.ts")).start(folder),
  },
  {
    name: "check",
    takes: "[folder]",
    most: 1,
    does: "look for what there is to mend in templates, samples and pages: each with file, line and mend",
    help: `${FOLDER}\nNothing of yours is run but templates and schemas. It exits with 1 where there is anything to mend.`,
    run: async ([folder]) => (await import("./check.ts")).checkFolder(folder),
  },
  {
    name: "add",
    takes: "[widget] [name]",
    most: 2,
    does: "take a widget, with samples and all that belongs to it; alone it lists them",
    help: "It is copied into the folder that you are in, and is yours from then on. With a name it is called so.",
    run: async ([widget, name]) => {
      const { addWidget, widgetList } = await import("./add.ts");
      return say(widget === undefined ? widgetList() : addWidget(widget, name));
    },
  },
  {
    name: "backup",
    takes: "<to> [folder]",
    most: 2,
    does: "copy a folder's log as it is at this moment, while its server runs or not",
    help: `It is copied to a new folder, or an empty one. ${FOLDER}\nThe log is in DATA_DIR, set as the server has it.`,
    run: async ([to, folder]) => say(await (await import("./backup.ts")).backUpLog(to, folder)),
  },
];

try {
  const call = callOf(process.argv.slice(2), COMMANDS);
  const status = call.wants === "run" ? await call.command.run(call.words) : tell(call);
  if (status !== undefined) process.exit(status);
} catch (error) {
  if (!(error instanceof Misuse)) throw error;
  console.error(error.message);
  process.exit(TO_MEND);
}

function tell(call: Exclude<Call, { wants: "run" }>): number {
  return say(call.wants === "version" ? VERSION : helpOf(call.command));
}

function say(text: string): number {
  console.log(text);
  return 0;
}

function helpOf(command: Command | undefined): string {
  if (command !== undefined) return `${usage(command)}\n\n${sentence(command.does)}\n${command.help}`;
  const width = Math.max(...COMMANDS.map((command) => usage(command).length));
  const list = COMMANDS.map((command) => `  ${usage(command).padEnd(width)}  ${command.does}`);
  return [
    "Web pages that are alive.",
    "",
    ...list,
    "",
    "brooklet help dev tells more of one; --version which this is.",
  ].join("\n");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
