import { createHash } from "node:crypto";
import { type RedisLink, Refusal } from "./link.ts";

/** What Redis does in one step, undisturbed by others. */
export class RedisScript {
  readonly #text: string;
  readonly #sha: string;

  /** @param text Lua. With the shebang of Redis 7 it is refused as a whole where it could not be carried out as a whole */
  constructor(text: string) {
    this.#text = text.trimStart();
    this.#sha = createHash("sha1").update(this.#text).digest("hex");
  }

  /** @throws what {@link RedisLink.ask} throws */
  async run(link: RedisLink, args: string[]): Promise<unknown> {
    const options = { keys: [LOG], arguments: args };
    try {
      return await link.ask((client) => client.evalSha(this.#sha, options));
    } catch (error) {
      // Nothing was carried out: Redis has been started since it last had the text, or was told to forget it.
      if (!(error instanceof Refusal) || error.word !== "NOSCRIPT") throw error;
      return await link.ask((client) => client.eval(this.#text, options));
    }
  }
}

/** One hash tag, so that in a cluster all keys are in one place, and one script may touch them. */
export const PREFIX = "{brooklet}:";
/** What is said of the log as a whole: `id`, `run` (of the server that gave the id), `head`, `forgotten`, `secret`. */
export const LOG = `${PREFIX}log`;
/** The stream of entries: `<seq>-0` each, without a hole. */
export const ENTRIES = `${PREFIX}entries`;
