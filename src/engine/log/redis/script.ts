import { createHash } from "node:crypto";
import { type RedisLink, Refusal } from "./link.ts";

/** A Lua script, which Redis carries out in one step, with no other command in between. */
export class RedisScript {
  readonly #text: string;
  readonly #sha: string;

  /**
   * @param text Lua. Beginning with the shebang of Redis 7, so that Redis refuses all of it where it might not finish all of it
   */
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
      // Redis does not have the text: it was restarted since, or was told to forget it. Nothing was carried out.
      if (!(error instanceof Refusal) || error.word !== "NOSCRIPT") throw error;
      return await link.ask((client) => client.eval(this.#text, options));
    }
  }
}

/** What this version reads and writes. */
export const FORMAT = 1;
/** Of all keys. In a cluster the braces keep all of them on one server, so that one script may use them all. */
export const PREFIX = "{brooklet}:";
/**
 * A hash about the log as a whole: `id`, `run` (the run id of the server that gave the id), `head`, `forgotten`, `secret`, and
 * `format`: without it, it is 1. A version whose entries or values older ones would misread raises it, and gives the log a new
 * id, so that the nodes that run look at it at once.
 */
export const LOG = `${PREFIX}log`;
/** The stream of entries. Their ids are `<seq>-0`, with no seq left out. */
export const ENTRIES = `${PREFIX}entries`;
