import type { Variables } from "../engine/config/variables.ts";

/** Whether there are the documents: on a public server they are no news for visitors. */
export function readDocsSettings(variables: Variables): boolean {
  return variables.isOn("DOCS", !variables.production);
}
