import { Problem } from "../core/problem.ts";

/** What a publisher sends with a request so that it may safely send that again. */
export interface IdempotencyKey {
  /** The `Idempotency-Key` header: 1 to 200 bytes without control characters. */
  readonly name: string;
  /** A hash of what was asked for: method, path and body. */
  readonly fingerprint: string;
}

/** What the log keeps of an append that had a key. */
export interface KeptAnswer {
  readonly fingerprint: string;
  /** What was answered. */
  readonly seq: number;
  readonly at: number;
}

/** How the keys of visitors' presses begin, which are in an expiry queue of their own (bounds.ts). */
export const PRESS_KEY = "_press/";

/** @throws Problem 400 `idempotency_key_invalid` */
export function checkKey({ name }: Pick<IdempotencyKey, "name">): void {
  if (name !== "" && Buffer.byteLength(name) <= 200 && !/[\p{Cc}\p{Cs}]/u.test(name)) return;
  throw new Problem(
    400,
    "idempotency_key_invalid",
    "An Idempotency-Key has 1 to 200 bytes and no control characters. A UUID is a good one.",
  );
}

/** The same key came with another request. */
export function keyMismatch(): Problem {
  return new Problem(
    422,
    "idempotency_mismatch",
    "This Idempotency-Key was used for another request. Send a new key with a new request.",
  );
}
