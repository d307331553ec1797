import { statfsSync } from "node:fs";
import { constants } from "node:os";
import { Problem } from "../core/problem.ts";
import type { Version } from "./record.ts";

/** `MDB_MAP_FULL`. */
const MAP_FULL = -30792;
/** With less room than this beside what was to be written, a write that fails has failed for want of room. */
const MARGIN = 1024 * 1024;

export interface Attempt {
  readonly dir: string;
  /** How much was to be written, roughly. */
  readonly bytes: number;
  /** Whether the one before it failed for want of room: it may be made between a write that fails and the look at what is free. */
  readonly wanted: boolean;
  /** Whether the log on the disk is as it was before. */
  readonly unchanged: () => boolean;
}

/** What to tell publishers whose transaction did not commit. */
export async function commitProblem(error: unknown, attempt: Attempt): Promise<Problem> {
  const cause = await reason(error);
  try {
    if (wantsRoom(cause, attempt) && attempt.unchanged()) return logFull(cause);
  } catch (worse) {
    return outcomeUnknown(worse);
  }
  return outcomeUnknown(cause);
}

export function logFailed(cause: unknown): Problem {
  const title = "Nothing can be published until the server has been started again. What is published is still shown.";
  return new Problem(503, "log_failed", title, { cause });
}

/** Nothing was appended. */
export function unavailable(cause?: unknown): Problem {
  const title = "The log cannot be reached just now, so nothing was done. Try again in a moment.";
  return new Problem(503, "broker_unavailable", title, { headers: { "Retry-After": "1" }, cause });
}

/** Another has taken it over; nothing was appended. */
export function leaseLost(): Problem {
  return new Problem(409, "lease_lost", "Another node has taken this over, so nothing was appended.");
}

/** Nothing was appended. @param version how it stands now */
export function valueChanged(version: Version): Problem {
  const title =
    "This has changed since it was read, so nothing was published. Read it again (GET /topics/<topic>, with ?item= for one " +
    "item), make the change to what it holds now, and send that with the new ETag as If-Match.";
  return new Problem(412, "value_changed", title, { headers: { ETag: `"${version}"` } });
}

/** Nothing was appended. */
export function logBusy(): Problem {
  const headers = { "Retry-After": "1" };
  return new Problem(429, "log_busy", "More is being published than the log can take. Try again in a second.", {
    headers,
  });
}

export function logClosed(): Problem {
  return new Problem(503, "log_failed", "The server is stopping. Try again when it is back.");
}

export function outcomeUnknown(cause?: unknown): Problem {
  const title = "It is not known whether this was published. Send it again with the same Idempotency-Key.";
  return new Problem(503, "outcome_unknown", title, { cause });
}

export function logFull(cause: unknown): Problem {
  const title = "The server's log is full, so nothing was published. Make room, and send it again.";
  return new Problem(507, "log_full", title, { cause });
}

/** lmdb says first that a commit failed, and then, in a promise of its own, why. */
async function reason(error: unknown): Promise<unknown> {
  const { commitError } = (error ?? {}) as { commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  return commitError.then(
    () => error,
    (cause: unknown) => cause,
  );
}

function wantsRoom(cause: unknown, { dir, bytes, wanted }: Attempt): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  const { ENOSPC, EDQUOT, EIO } = constants.errno;
  if (code === ENOSPC || code === EDQUOT || code === MAP_FULL) return true;
  if (code !== EIO) return false;
  if (wanted) return true;
  // The write that fills the disk is cut short, and lmdb calls that an input/output error.
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize < MARGIN + 4 * bytes;
}
