import type { Variables } from "../engine/config/variables.ts";

/** Whether there is an inspector, for those who may see it. */
export function readInspectorSettings(variables: Variables): boolean {
  return variables.isOn("INSPECTOR", true);
}
