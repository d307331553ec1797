import { randomBytes } from "node:crypto";

/** What every answer of the mock's carries: a request's id, and that the pages of all origins may read it. */
export function headersForAll(): Record<string, string> {
  return {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": EXPOSED,
    "X-Request-Id": `req_${randomBytes(16).toString("hex")}`,
  };
}

const EXPOSED = [
  "retry-after",
  "x-request-id",
  "x-ratelimit-limit-requests",
  "x-ratelimit-remaining-requests",
  "x-ratelimit-reset-requests",
].join(", ");

/** The answer to a browser that asks first. “*” does not stand for `authorization`, which has to be named. */
export const PREFLIGHT: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Methods": "GET, POST",
  "Access-Control-Allow-Headers": [
    "*",
    "authorization",
    "content-type",
    "openai-organization",
    "openai-project",
    ...["arch", "lang", "os", "package-version", "retry-count", "runtime", "runtime-version", "timeout"].map(
      (name) => `x-stainless-${name}`,
    ),
    "x-stainless-helper-method",
  ].join(", "),
  "Access-Control-Max-Age": "600",
};

/** How many more requests are taken at once. */
export function rateHeaders(most: number, open: number): Record<string, string> {
  return {
    "X-RateLimit-Limit-Requests": String(most),
    "X-RateLimit-Remaining-Requests": String(Math.max(0, most - open)),
    "X-RateLimit-Reset-Requests": "1s",
  };
}
