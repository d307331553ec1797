import { Failure } from "./model.ts";

/**
 * Makes a Failure of whatever a backend throws: a sentence for visitors, and the cause for the operator.
 * @param key is taken out of the cause: some services repeat it
 * @param begun whether a part of the answer had come
 */
export function failureOf(error: unknown, key: string | undefined, begun: boolean): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof SyntaxError) return refused("a stream that is no JSON");
  const sentence = begun
    ? "The connection to the model was lost in the middle of its answer."
    : "The model cannot be reached at the moment.";
  return new Failure(sentence, inOneLine((error as Error).cause ?? error, key));
}

/** The service answered with an error status. @param body of that answer */
export function statusFailure(status: number, body: string, key: string | undefined): Failure {
  return new Failure(sentence(status), inOneLine(`${status} ${body}`, key));
}

/** The service said in its stream that it failed. */
export function serviceFailure(message: string, key: string | undefined): Failure {
  return new Failure("The model’s service broke off with an error.", inOneLine(message, key));
}

/** What came is no answer of this API. */
export function refused(what: string): Failure {
  return new Failure("What came back was no answer of a model.", `OPENAI_BASE_URL answers with ${what}`);
}

function sentence(status: number): string {
  if (status === 401 || status === 403) return `The model’s service does not let this server in (${status}).`;
  if (status === 404) return "The model’s service does not know this model (404).";
  if (status === 429) return "The model is asked too much at the moment (429). Try again in a little while.";
  if (status >= 500) return `The model’s service is out of order at the moment (${status}).`;
  return `The model’s service did not accept the question (${status}).`;
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
