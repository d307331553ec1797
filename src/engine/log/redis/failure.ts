import type { Problem } from "../../core/problem.ts";
import { logFull, outcomeUnknown, unavailable } from "../failure.ts";
import { Refusal } from "./link.ts";

/** Answers by which Redis refuses a whole script before its first step. */
const UNTOUCHED =
  /^(READONLY|MISCONF|NOREPLICAS|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOSCRIPT|NOPERM|NOAUTH|UNKILLABLE)$/;

/** What to tell a publisher whose append was asked of Redis, and failed. */
export function appendProblem(error: unknown): Problem {
  // A lost connection is told to the operator once, not by each publish that it has caught.
  if (!(error instanceof Refusal)) return outcomeUnknown();
  if (error.word === "OOM") return logFull(error);
  return UNTOUCHED.test(error.word) ? unavailable(error) : outcomeUnknown(error);
}
