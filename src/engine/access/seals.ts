import { timingSafeEqual } from "node:crypto";
import { signer } from "./signer.ts";

/** 132 bits. */
const MAC_LENGTH = 22;
/** How long a page may open its stream without asking again. */
const LIFE_MS = 60 * 60 * 1000;

/** That these regions were named to this visitor, by a page of this server or by an action. */
export interface SealedRegions {
  /** Their names, in any order. */
  readonly names: readonly string[];
  /** The visitor's id. */
  readonly visitor: string;
}

/** What a seal says besides. */
export interface SealedPage {
  /** The page's name. */
  readonly page: string;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Seals: signatures by which a page opens the regions that are for pages alone. A seal is `<when it expires>.<signature>.<page>`, is
 * for this list and this visitor, and is worth nothing for any other.
 */
export class Seals {
  readonly lifeMs: number;
  readonly #sign: (text: string) => string;

  /** @param secret gives the present secret, which all nodes have; with another one, seals of before are worth nothing */
  constructor(secret: () => string, lifeMs = LIFE_MS) {
    this.#sign = signer("brooklet: regions for pages alone", secret);
    this.lifeMs = lifeMs;
  }

  make(page: string, sealed: SealedRegions): string {
    const end = (Date.now() + this.lifeMs).toString(36);
    const name = encodeURIComponent(page);
    return `${end}.${this.#mac(end, name, sealed)}.${name}`;
  }

  /**
   * What a seal says, also where it has expired.
   * @returns undefined where it is none, or not of these regions and this visitor
   */
  read(seal: string, sealed: SealedRegions): SealedPage | undefined {
    const [, end, mac, name] = /^([0-9a-z]{1,11})\.([\w-]+)\.([\w%~!*'().-]+)$/.exec(seal) ?? [];
    if (end === undefined || name === undefined || mac?.length !== MAC_LENGTH) return undefined;
    const isRight = timingSafeEqual(Buffer.from(mac), Buffer.from(this.#mac(end, name, sealed)));
    return isRight ? { page: decodeURIComponent(name), expiresAt: Number.parseInt(end, 36) } : undefined;
  }

  #mac(end: string, page: string, { names, visitor }: SealedRegions): string {
    return this.#sign(JSON.stringify([end, page, visitor, ...[...names].sort()])).slice(0, MAC_LENGTH);
  }
}
