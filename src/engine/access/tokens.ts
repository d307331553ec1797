import { hash } from "node:crypto";
import type { Settings } from "../config/settings.ts";
import { SettingsError } from "../config/variables.ts";
import { LIMITS } from "../core/limits.ts";
import { Problem } from "../core/problem.ts";
import type { Topic } from "../core/topic.ts";
import { OPERATOR, RIGHTS, type Right, Token } from "./token.ts";
import { TokensFile, type TokensFileParts } from "./tokens-file.ts";

/** Where the server was given no token, everybody who reaches it may do this. */
const OPEN: readonly Right[] = ["publish", "remove"];
const CHALLENGE = 'Bearer realm="brooklet"';

/**
 * The tokens that this server knows: PUBLISH_TOKEN, which has every right and every topic, and those of the file that TOKENS
 * names.
 */
export class Tokens {
  readonly #operator: readonly Token[];
  readonly #file: TokensFile | undefined;

  /** @throws SettingsError where the file is there, and cannot be read: so a bad one never takes the place of a good server */
  constructor(
    { publishToken, tokensFile }: Pick<Settings, "publishToken" | "tokensFile">,
    parts: Omit<TokensFileParts, "path">,
  ) {
    const all = { name: OPERATOR, rights: RIGHTS, topics: ["*"], rate: LIMITS.publishesASecond };
    this.#operator = publishToken === undefined ? [] : [new Token(all, sha256(publishToken))];
    this.#file = tokensFile === undefined ? undefined : new TokensFile({ path: tokensFile, ...parts });
    if (this.problem !== undefined && !this.#file!.isMissing) throw new SettingsError([this.problem]);
  }

  /** What is wrong with the file just now. It names the path, and so is the operator's, who has been told. */
  get problem(): string | undefined {
    return this.#file?.problem;
  }

  /** Whether this needs no token. */
  isOpen(right: Right): boolean {
    return this.#hasNone && OPEN.includes(right);
  }

  /** Whether nobody has set any. */
  get #hasNone(): boolean {
    return this.#file === undefined && this.#operator.length === 0;
  }

  /** Whether any token has this right. */
  grants(right: Right): boolean {
    return this.all.some((token) => token.may(right));
  }

  /**
   * The token of this text, which may do this: with that topic, or with any of its own.
   * @throws Problem 401 `token_missing`, `token_invalid`, 403 `token_forbidden`
   */
  admit(text: string | undefined, right: Right, topic?: Topic): Token {
    const token = this.identify(text, right);
    token.demand(right, topic);
    return token;
  }

  /**
   * The token of this text, whatever it may do.
   * @param right what it is needed for
   * @throws Problem 401 `token_missing`, `token_invalid`
   */
  identify(text: string | undefined, right: Right): Token {
    if (text === undefined) {
      const mend = this.#hasNone
        ? "This server has none: start it with PUBLISH_TOKEN, or with TOKENS, a file of tokens."
        : "Send the header Authorization: Bearer <token>.";
      const title = `This needs a token that has the right “${right}”. ${mend}`;
      throw new Problem(401, "token_missing", title, { headers: { "WWW-Authenticate": CHALLENGE } });
    }
    const found = this.find(text);
    if (found === undefined) {
      const headers = { "WWW-Authenticate": `${CHALLENGE}, error="invalid_token"` };
      throw new Problem(401, "token_invalid", "This server does not know this token. Send one that it was given.", {
        headers,
      });
    }
    return found;
  }

  /** The token of this text, whatever it may do. */
  find(text: string): Token | undefined {
    const hash = sha256(text);
    let found: Token | undefined;
    // Through all of them, also past the one that it is: so the time that it takes tells nothing.
    for (const token of this.all) if (token.hasHash(hash)) found = token;
    return found;
  }

  /** Whether a token that was admitted may do this by now: for what stays open while the file may change. */
  stillMay(token: Token, right: Right, topic?: Topic): boolean {
    return this.all.some((present) => present.isSame(token) && present.may(right, topic));
  }

  /** Begins to look for changes of the file. @returns a function that ends it */
  start(): () => void {
    return this.#file?.start() ?? (() => {});
  }

  /** Those that there are just now. */
  get all(): readonly Token[] {
    return [...(this.#file?.tokens ?? []), ...this.#operator];
  }
}

function sha256(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
