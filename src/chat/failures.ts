import { Failure } from "./model.ts";

/**
 * What a backend's error comes to, for visitors and for the operator.
 * @param key never repeated, though some services do
 * @param begun whether an answer had begun to come
 */
export function failureOf(error: unknown, key: string | undefined, begun: boolean): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof SyntaxError) return refused("a stream that is no JSON");
  const sentence = begun
    ? "The connection to the model was lost in the middle of its answer."
    : "The model cannot be reached at the moment.";
  return new Failure(sentence, inOneLine((error as Error).cause ?? error, key));
}

/** The service answers with a status that is no success. @param body what it says besides */
export function statusFailure(status: number, body: string, key: string | undefined): Failure {
  return new Failure(sentence(status), inOneLine(`${status} ${body}`, key));
}

/** The service says in the middle of its stream that it failed. */
export function serviceFailure(message: string, key: string | undefined): Failure {
  return new Failure("The model’s service broke off with an error.", inOneLine(message, key));
}

/** What came is nothing that this API sends. */
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

/** For the server's log, without what some services show of a key that they refuse. */
function inOneLine(error: unknown, key: string | undefined): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text
    .replaceAll(key ?? "\n", "…")
    .replace(/\bsk-[\w*.-]+/g, "…")
    .replace(/\s+/g, " ")
    .slice(0, 500);
}
