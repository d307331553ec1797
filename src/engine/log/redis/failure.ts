import type { Problem } from "../../core/problem.ts";
import { logFull, outcomeUnknown, unavailable } from "../failure.ts";
import { Refusal } from "./link.ts";

/** The first words of errors by which Redis refuses a script before its first step. */
const UNTOUCHED =
  /^(READONLY|MISCONF|NOREPLICAS|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOSCRIPT|NOPERM|NOAUTH|UNKILLABLE)$/;

/** The error for a publisher whose append was sent to Redis, and failed. */
export function appendProblem(error: unknown): Problem {
  // No cause: the operator is told of a lost connection once, and not again for each publish in flight.
  if (!(error instanceof Refusal)) return outcomeUnknown();
  if (error.word === "OOM") return logFull(error);
  return UNTOUCHED.test(error.word) ? unavailable(error) : outcomeUnknown(error);
}
