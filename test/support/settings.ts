import { SettingsError, Variables } from "../../src/engine/config/variables.ts";

type Env = Readonly<Record<string, string>>;

/** The settings that one reads of an environment. @throws SettingsError */
export function settingsOf<T>(read: (variables: Variables) => T, env: Env): T {
  const variables = new Variables(env);
  const settings = read(variables);
  variables.check();
  return settings;
}

/** What is wrong with them. */
export function problemsOf(read: (variables: Variables) => unknown, env: Env): readonly string[] {
  try {
    settingsOf(read, env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}
