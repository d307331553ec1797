import { fileURLToPath } from "node:url";
import { chat, modelOf } from "./chat/feature.ts";
import { readChatSettings } from "./chat/settings.ts";
import { readSettings } from "./engine/config/settings.ts";
import { SettingsError, Variables } from "./engine/config/variables.ts";
import { harmless } from "./engine/ops/logger.ts";
import { type RunningServer, start } from "./engine/start.ts";
import { inspector } from "./inspector/feature.ts";
import { readInspectorSettings } from "./inspector/settings.ts";
import { mock } from "./mock/feature.ts";
import { createMock } from "./mock/mock.ts";
import { readMockSettings } from "./mock/settings.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const FOLDERS = {
  views: path("../views"),
  public: path("../public"),
  sources: path("sources"),
  actions: path("actions"),
  authorize: path("authorize"),
};

const server = await fromEnvironment().catch(exit);
process.once("SIGTERM", leave);
process.once("SIGINT", leave);
// Last, since whoever waits for this line may do anything from then on.
console.log(`Brooklet is at ${server.url}, its log is ${server.where}`);

async function fromEnvironment(): Promise<RunningServer> {
  const variables = new Variables(process.env);
  const settings = readSettings(variables);
  const ofMock = readMockSettings(variables);
  const ofChat = readChatSettings(variables);
  const inspected = readInspectorSettings(variables);
  variables.check();
  // Two mocks: the chat's answers are not counted with those of programs.
  const [forPrograms, forChat] = [ofMock && createMock(ofMock), ofMock && createMock(ofMock)];
  const features = [mock(forPrograms), chat(ofChat && modelOf(ofChat, forChat)), inspector(inspected)];
  return start(settings, { folders: FOLDERS, features });
}

async function leave(): Promise<void> {
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(1));
  await server.stop();
  process.exit(0);
}

/** What an operator or an author has to mend: one message, and no stack of ours. */
function exit(error: unknown): never {
  console.error(harmless(error instanceof Error ? error.message : String(error)));
  process.exit(error instanceof SettingsError ? 2 : 1);
}
