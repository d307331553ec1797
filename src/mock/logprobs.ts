import { createHash } from "node:crypto";

export interface Logprob {
  readonly token: string;
  readonly logprob: number;
  /** In UTF-8. */
  readonly bytes: readonly number[];
}

/** What a model might have said instead. */
const OTHERS = " the, a, and, of, to, in, is, it, on, as, at, by, or, an, be, we, so, no, if, up, go".split(",");

/**
 * How likely a token was, and so many of the likeliest in its place, itself first. No model thinks here: the numbers are made
 * of the token's text, and are those of a model that is rather sure.
 */
export function logprobOf(token: string, top: number): Logprob & { top_logprobs: Logprob[] } {
  const likely = 0.6 + (0.39 * createHash("sha256").update(token).digest()[0]!) / 255;
  const entry = (token: string, probability: number): Logprob => ({
    token,
    logprob: Math.log(probability),
    bytes: [...Buffer.from(token)],
  });
  const others = OTHERS.filter((other) => other !== token).slice(0, Math.max(0, top - 1));
  const own = entry(token, likely);
  const rest = others.map((other, i) => entry(other, (1 - likely) * 0.5 ** (i + 1)));
  return { ...own, top_logprobs: top === 0 ? [] : [own, ...rest] };
}

/** Those of some tokens; undefined where none are asked for. */
export function logprobsOf(tokens: readonly string[], top: number | undefined) {
  return top === undefined ? undefined : tokens.map((token) => logprobOf(token, top));
}
