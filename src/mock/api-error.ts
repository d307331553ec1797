import { Problem } from "../engine/core/problem.ts";

export interface ApiErrorOptions {
  /** What of the request it is about, as a path: `messages[0].content`. */
  param?: string;
  /** Extra response headers, such as `Retry-After`. */
  headers?: Record<string, string>;
}

/** An error as OpenAI's API tells it. */
export class ApiError extends Problem {
  readonly param: string | undefined;

  constructor(status: number, code: string, message: string, { param, headers }: ApiErrorOptions = {}) {
    super(status, code, message, { headers: headers ?? {} });
    this.name = "ApiError";
    this.param = param;
  }
}

/** A problem in the shape that OpenAI's packages read: `{ error: { message, type, param, code } }`. */
export function errorBody(problem: Problem) {
  const { status, code, message } = problem;
  const param = problem instanceof ApiError ? problem.param : undefined;
  return { error: { message, type: typeOf(status), param: param ?? null, code } };
}

function typeOf(status: number): string {
  if (status === 429) return "requests";
  return status >= 500 ? "server_error" : "invalid_request_error";
}
