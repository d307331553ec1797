import { APIConnectionError, APIError } from "openai";
import { Failure } from "./model.ts";

/**
 * What a backend's error comes to, for visitors and for the operator.
 * @param key never repeated, though some services do
 */
export function failureOf(error: unknown, key: string | undefined): Failure {
  if (error instanceof Failure) return error;
  const detail = (cause: unknown) => inOneLine(cause).replaceAll(key ?? "\n", "…");
  if (error instanceof APIConnectionError) {
    return new Failure("The model cannot be reached at the moment.", detail(error.cause ?? error));
  }
  if (error instanceof APIError) return new Failure(sentence(error.status), detail(error));
  if (error instanceof SyntaxError) return refused("a stream that is no JSON");
  return new Failure("The connection to the model was lost in the middle of its answer.", detail(error));
}

/** What came is nothing that this API sends. */
export function refused(what: string): Failure {
  return new Failure("What came back was no answer of a model.", `OPENAI_BASE_URL answers with ${what}`);
}

function sentence(status: number | undefined): string {
  if (status === undefined) return "The model’s service broke off with an error.";
  if (status === 401 || status === 403) return `The model’s service does not let this server in (${status}).`;
  if (status === 404) return "The model’s service does not know this model (404).";
  if (status === 429) return "The model is asked too much at the moment (429). Try again in a little while.";
  if (status >= 500) return `The model’s service is out of order at the moment (${status}).`;
  return `The model’s service did not accept the question (${status}).`;
}

/** For the server's log, without what some services show of a key that they refuse. */
function inOneLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text
    .replace(/\bsk-[\w*.-]+/g, "…")
    .replace(/\s+/g, " ")
    .slice(0, 500);
}
