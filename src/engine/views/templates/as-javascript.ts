import { transformSync } from "esbuild";
import { Engine } from "./engine.ts";

// A look at the text of a template only guesses: the same letters may stand in a text, in a regular expression or in a comment, and a
// name may be the template's own. What such a look has found is asked here before anybody is refused for it.

/** Compiles a template by itself, without anything that it is given. */
const alone = new Engine(new Map(), [], false);

/** Whether JavaScript takes a template. */
export function compiles(template: string): boolean {
  try {
    alone.compile(template);
    return true;
  } catch {
    return false;
  }
}

const GIVEN = "_given_";

/**
 * Whether a template really calls a helper that it is given, and nothing of its own that has the same name.
 * @param topic with this text as the first argument, or as what that begins with; with anything by default
 */
export function calls(template: string, helper: string, topic?: string): boolean {
  try {
    const code = `(function (it, options) {${alone.compileToString(template)}})`;
    // esbuild gives another name to what is declared nowhere, and leaves comments out.
    const define = { [helper]: GIVEN + helper };
    const { code: renamed } = transformSync(code, {
      define,
      legalComments: "none",
      charset: "utf8",
      logLevel: "silent",
    });
    const [, ...called] = renamed.split(`${GIVEN}${helper}(`);
    return called.some((rest) => topic === undefined || (/^["'`]/.test(rest) && rest.startsWith(topic, 1)));
  } catch {
    // It does not compile, or this machine cannot run esbuild, which is a program of its own: then running the template tells.
    return false;
  }
}
