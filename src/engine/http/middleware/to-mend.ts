import { Problem } from "../../core/problem.ts";

/** Nothing is there, and its author can mend that: the detail says how. */
export class ToMend extends Problem {
  constructor({ status, code, message, headers }: Problem, detail: string) {
    super(status, code, message, { headers, detail });
  }
}

/**
 * What there is to mend for something to be at an address, where that is known: a mistake in templates that are not used for it, or a
 * file that nothing reads. Undefined for all but its author.
 */
export type WhatToMend = (path: string) => string | undefined;

/** A problem as its author is told of it: of what is not there, with what there is to mend. */
export function toMend(problem: Problem, path: string, what: WhatToMend): Problem {
  const detail = problem.status === 404 ? what(path) : undefined;
  return detail === undefined ? problem : new ToMend(problem, detail);
}
