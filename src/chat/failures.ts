import { Failure } from "./model.ts";

/**
 * Makes a Failure of whatever a backend throws: a word for visitors, and the cause for the operator.
 * @param key is taken out of the cause: some services repeat it
 * @param begun whether a part of the answer had come
 */
export function failureOf(error: unknown, key: string | undefined, begun: boolean): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof SyntaxError) return refused("a stream that is no JSON");
  const cause = inOneLine((error as Error).cause ?? error, key);
  return new Failure(begun ? "chat_cut_off" : "chat_unreachable", { cause });
}

/** The service answered with an error status. @param body of that answer */
export function statusFailure(status: number, body: string, key: string | undefined): Failure {
  return new Failure(wordFor(status), { status, cause: inOneLine(`${status} ${body}`, key) });
}

/** The service said in its stream that it failed. */
export function serviceFailure(message: string, key: string | undefined): Failure {
  return new Failure("chat_service_error", { cause: inOneLine(message, key) });
}

/** What came is no answer of this API. */
export function refused(what: string): Failure {
  return new Failure("chat_no_answer", { cause: `OPENAI_BASE_URL answers with ${what}` });
}

function wordFor(status: number): string {
  if (status === 401 || status === 403) return "chat_service_denied";
  if (status === 404) return "chat_service_unknown";
  if (status === 429) return "chat_service_busy";
  return status >= 500 ? "chat_service_down" : "chat_service_refused";
}

/** For the operator's log: in one line, and without the key. */
function inOneLine(error: unknown, key: string | undefined): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text
    .replaceAll(key ?? "\n", "…")
    .replace(/\bsk-[\w*.-]+/g, "…")
    .replace(/\s+/g, " ")
    .slice(0, 500);
}
