import { statfsSync } from "node:fs";
import { constants } from "node:os";
import { Problem } from "../core/problem.ts";
import type { Version } from "./record.ts";

/** `MDB_MAP_FULL`. */
const MAP_FULL = -30792;
/**
 * A write that failed while less than this was free on the disk, beside what was to be written, has failed for want of room.
 */
const SPARE_BYTES = 1024 * 1024;

/** A transaction of lmdb's that failed, and what is needed to find out why. */
export interface CommitAttempt {
  readonly dir: string;
  /** How much was to be written, in bytes, roughly. */
  readonly bytes: number;
  /** Whether the attempt before this one failed for want of room. Room may have been made just after this one failed. */
  readonly lastLackedRoom: boolean;
  /** Looks whether the log on the disk is as it was before the attempt. */
  readonly unchanged: () => boolean;
}

/**
 * The error for publishers whose transaction failed: `log_full` if it is known that nothing was written, else
 * `outcome_unknown`.
 */
export async function commitProblem(error: unknown, attempt: CommitAttempt): Promise<Problem> {
  const cause = await reasonOf(error);
  try {
    if (lacksRoom(cause, attempt) && attempt.unchanged()) return logFull(cause);
  } catch (worse) {
    return outcomeUnknown(worse);
  }
  return outcomeUnknown(cause);
}

/** From now on: the log is broken until the process is started again. */
export function logFailed(cause: unknown): Problem {
  const title = "Nothing can be published until the server has been started again. What is published is still shown.";
  return new Problem(503, "log_failed", title, { cause });
}

/** The log is away for the moment. Nothing was appended. */
export function unavailable(cause?: unknown): Problem {
  const title = "The log cannot be reached just now, so nothing was done. Try again in a moment.";
  return new Problem(503, "broker_unavailable", title, { headers: { "Retry-After": "1" }, cause });
}

/** Another node holds the lease by now. Nothing was appended. */
export function leaseLost(): Problem {
  return new Problem(409, "lease_lost", "Another node has taken this over, so nothing was appended.");
}

/** What was expected is not so any more. Nothing was appended. @param version the present one */
export function valueChanged(version: Version): Problem {
  const title =
    "This has changed since it was read, so nothing was published. Read it again (GET /topics/<topic>, with ?item= for one " +
    "item), make the change to what it holds now, and send that with the new ETag as If-Match.";
  return new Problem(412, "value_changed", title, { headers: { ETag: `"${version}"` } });
}

/** Too much is in flight. Nothing was appended. */
export function logBusy(): Problem {
  const headers = { "Retry-After": "1" };
  return new Problem(429, "log_busy", "More is being published than the log can take. Try again in a second.", {
    headers,
  });
}

/** The server is stopping. Nothing was appended. */
export function logClosed(): Problem {
  return new Problem(503, "log_failed", "The server is stopping. Try again when it is back.");
}

/** It may have been appended or not. */
export function outcomeUnknown(cause?: unknown): Problem {
  const title = "It is not known whether this was published. Send it again with the same Idempotency-Key.";
  return new Problem(503, "outcome_unknown", title, { cause });
}

/** No room on the disk, or in Redis. Nothing was appended. */
export function logFull(cause: unknown): Problem {
  const title = "The server's log is full, so nothing was published. Make room, and send it again.";
  return new Problem(507, "log_full", title, { cause });
}

/** lmdb rejects with an error that a commit failed; why, is in a promise that this error carries. */
async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = (error ?? {}) as { commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  return commitError.then(
    () => error,
    (cause: unknown) => cause,
  );
}

function lacksRoom(cause: unknown, { dir, bytes, lastLackedRoom: wanted }: CommitAttempt): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  const { ENOSPC, EDQUOT, EIO } = constants.errno;
  if (code === ENOSPC || code === EDQUOT || code === MAP_FULL) return true;
  if (code !== EIO) return false;
  if (wanted) return true;
  // A write that fills the disk is cut short, and lmdb reports that as an input/output error: so look at what is free.
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize < SPARE_BYTES + 4 * bytes;
}
