export interface ProblemOptions {
  /** Extra response headers, such as `Retry-After`. */
  headers?: Record<string, string>;
  /** More about this very case, where the caller may know it: what a template says of a value. */
  detail?: string | undefined;
  /** What is wrong with a value, place by place. */
  errors?: readonly Misfit[] | undefined;
  /** What really happened, for the server's log only. */
  cause?: unknown;
}

/** A place in a value that is not as it should be. */
export interface Misfit {
  /** A JSON Pointer (RFC 6901): `/lines/3/price`; "" for the whole value. */
  readonly pointer: string;
  /** What should be there, in the words of whoever says so. */
  readonly detail: string;
}

/**
 * An error that its caller can mend, answered as `application/problem+json`. The title names the fix and never repeats
 * input, a path or a stack, since it is shown to whoever sent the request.
 */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  readonly detail: string | undefined;
  readonly errors: readonly Misfit[] | undefined;
  /** Where several values were published together: which of them it is about, from 0. */
  index?: number;

  constructor(
    status: number,
    code: string,
    title: string,
    { headers = {}, detail, errors, cause }: ProblemOptions = {},
  ) {
    super(title, { cause });
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.detail = detail;
    this.errors = errors;
  }

  toJSON() {
    return { status: this.status, code: this.code, title: this.message, detail: this.detail, errors: this.errors };
  }
}

/** What an error says to an author, who may know all of it. */
export function wholeMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof Problem && error.detail !== undefined ? `${error.message} ${error.detail}` : error.message;
}

/** No name that could be meant is longer, in UTF-16 code units. */
const MAX_NAME_CHARACTERS = 200;
/** How many pairs of letters are compared for one name, which takes a few milliseconds. */
const MAX_COMPARED = 1_000_000;

/**
 * "Did you mean …?": the candidate nearest to `name`, if one is near enough to have been meant. Strangers choose the name, and
 * authors how many candidates there are: so a name that is too long is not compared, and the work is bounded.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_NAME_CHARACTERS) return undefined;
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  let compared = 0;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    compared += name.length * candidate.length;
    if (compared > MAX_COMPARED) break;
    const far = distance(name.toLowerCase(), candidate.toLowerCase());
    if (far < least) [best, least] = [candidate, far];
  }
  return best;
}

/** " Did you mean “price”?", or nothing: the tail of an error's sentence. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const meant = nearest(name, candidates);
  return meant === undefined ? "" : ` Did you mean “${meant}”?`;
}

/** Levenshtein's distance, one row at a time: O(a × b). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** This server is about to stop: what began now would end with it. */
export function draining(): Problem {
  const headers = { "Retry-After": "1" };
  return new Problem(503, "draining", "This server is going away. Send it again: another one takes it.", { headers });
}
