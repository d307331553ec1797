import { didYouMean } from "./problem.ts";

/**
 * Checks the names of the options that a template gives to one of its helpers: one that is misspelt would do nothing.
 * @throws TypeError that names the helper, and what was meant
 */
export function checkOptions(helper: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new TypeError(`${helper}() takes its options as { ${known[0]}: … }`);
  }
  const wrong = Object.keys(given).find((name) => !known.includes(name));
  if (wrong === undefined) return;
  throw new TypeError(`${helper}() has no option “${wrong}”.${didYouMean(wrong, known)} It has ${known.join(", ")}.`);
}
