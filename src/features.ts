import { chat, modelsOf } from "./chat/feature.ts";
import { readChatSettings } from "./chat/settings.ts";
import { docs } from "./docs/feature.ts";
import { readDocsSettings } from "./docs/settings.ts";
import type { Variables } from "./engine/config/variables.ts";
import type { Feature } from "./engine/feature.ts";
import { inspector } from "./inspector/feature.ts";
import { readInspectorSettings } from "./inspector/settings.ts";
import { mock } from "./mock/feature.ts";
import { createMock } from "./mock/mock.ts";
import { readMockSettings } from "./mock/settings.ts";

/**
 * All features, as an environment has them.
 * @returns what makes them, to be called once {@link Variables.check} has found nothing wrong
 */
export function readFeatures(variables: Variables): () => Feature[] {
  const ofMock = readMockSettings(variables);
  const ofChat = readChatSettings(variables);
  const inspected = readInspectorSettings(variables);
  const documented = readDocsSettings(variables);
  return () => {
    // Two mocks: the chat's answers are not counted with those of programs.
    const [forPrograms, forChat] = [ofMock && createMock(ofMock), ofMock && createMock(ofMock)];
    return [mock(forPrograms), chat(ofChat && modelsOf(ofChat, forChat)), inspector(inspected), docs(documented)];
  };
}
