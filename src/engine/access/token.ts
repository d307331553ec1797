import { createHmac, timingSafeEqual } from "node:crypto";
import { Problem } from "../core/problem.ts";
import { type Topic, widgetOf } from "../core/topic.ts";

/**
 * What a token may do: publish to its topics; take items and values of theirs away; read those that are not public; see the
 * server's figures; use the inspector.
 */
export const RIGHTS = ["publish", "remove", "read", "metrics", "inspect"] as const;
export type Right = (typeof RIGHTS)[number];

/** What is said of a token where it is listed. */
export interface Grant {
  /** For the log, and for the token's holder. */
  readonly name: string;
  readonly rights: readonly Right[];
  /** `price` is that topic, `price/*` all topics below it, `*` all that there are. */
  readonly topics: readonly string[];
  /** How many values a second it may publish. */
  readonly rate: number;
}

/** By this name the log tells of the one token that the environment gives. No token of a file has it. */
export const OPERATOR = "PUBLISH_TOKEN";

/** So many of its topics are named to a token's holder. */
const MAX_NAMED = 5;

/** Who holds this may do this. Nothing of the token itself is kept but its hash, which no printing of the object shows. */
export class Token {
  readonly name: string;
  readonly rate: number;
  readonly #rights: readonly Right[];
  readonly #topics: readonly string[];
  readonly #hash: Buffer;

  /** @param hash the token's SHA-256 */
  constructor({ name, rights, topics, rate }: Grant, hash: Buffer) {
    this.name = name;
    this.rate = rate;
    this.#rights = rights;
    this.#topics = topics;
    this.#hash = hash;
  }

  get isOperator(): boolean {
    return this.name === OPERATOR;
  }

  /** Whether this is the SHA-256 of its text. Takes as long for any. */
  hasHash(hash: Buffer): boolean {
    return timingSafeEqual(this.#hash, hash);
  }

  /** What only whoever has the key can make of it: tells that its bearer held this token, and nothing of the token. */
  proof(key: string): string {
    return createHmac("sha256", key).update(this.#hash).digest("base64url");
  }

  /** Whether the other stands for the same text, though it may be allowed something else. */
  isSame(other: Token): boolean {
    return this.hasHash(other.#hash);
  }

  /** Without a topic: whether it may do that with any, or has a right that is about none. */
  may(right: Right, topic?: Topic): boolean {
    return (
      this.#rights.includes(right) && (topic === undefined || this.#topics.some((pattern) => fits(pattern, topic)))
    );
  }

  /** @throws Problem 403 `token_forbidden`, which says what is missing */
  demand(right: Right, topic?: Topic): void {
    if (this.may(right, topic)) return;
    const title = this.may(right)
      ? `The token “${this.name}” is not for this topic. Its topics are ${this.#named()}. Add this one to them, or use another token.`
      : `The token “${this.name}” does not have the right “${right}”. Add it to its rights, or use another token.`;
    const challenge = `Bearer realm="brooklet", error="insufficient_scope", scope="${right}"`;
    // The operator is who can mend it, and is told so much of the topic as names no visitor.
    const cause = topic === undefined ? "asked for what has no topic" : `asked for “${widgetOf(topic)}”`;
    throw new Problem(403, "token_forbidden", title, { headers: { "WWW-Authenticate": challenge }, cause });
  }

  #named(): string {
    const more = this.#topics.length - MAX_NAMED;
    return this.#topics.slice(0, MAX_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
  }
}

function fits(pattern: string, topic: Topic): boolean {
  if (pattern === "*") return true;
  return pattern.endsWith("/*") ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern;
}
