import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readSettings } from "./engine/config/settings.ts";
import { SettingsError, Variables } from "./engine/config/variables.ts";
import { Logger } from "./engine/ops/logger.ts";
import { toJsonLines, toTerminal } from "./engine/ops/outlet.ts";
import { type RunningServer, start } from "./engine/start.ts";
import { readFeatures } from "./features.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const FOLDERS = {
  views: path("../views"),
  public: path("../public"),
  sources: path("sources"),
  actions: path("actions"),
  authorize: path("authorize"),
};

const { version } = JSON.parse(readFileSync(path("../package.json"), "utf8"));
const outlet = process.stdout.isTTY ? toTerminal : toJsonLines();
let logger = new Logger(outlet);
process.on("uncaughtException", (error) => exit(error, error));
const server = await fromEnvironment().catch(exit);
process.once("SIGTERM", leave);
process.once("SIGINT", leave);
// Last, since whoever waits for this line may do anything from then on.
logger.info(`Brooklet is at ${server.url}, its log is ${server.where}`, { version, node: process.version });

async function fromEnvironment(): Promise<RunningServer> {
  const variables = new Variables(process.env);
  const settings = readSettings(variables);
  const features = readFeatures(variables);
  variables.check();
  logger = new Logger(outlet, settings.logLevel);
  return start(settings, { folders: FOLDERS, features: features(), logger });
}

async function leave(): Promise<void> {
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(1));
  await server.stop();
  process.exit(0);
}

/** @param said what is told of it: for what an operator or an author has to mend one entry each, and no stack of ours */
function exit(error: unknown, said: unknown = error instanceof Error ? error.message : error): never {
  const isOfSettings = error instanceof SettingsError;
  for (const one of isOfSettings ? error.problems : [said]) logger.report(one, undefined, { level: "fatal" });
  process.exit(isOfSettings ? 2 : 1);
}
