import { isOwnAddress, ownAddress, parsedAddress } from "../core/own-address.ts";
import { Problem } from "../core/problem.ts";

/** What is known of a request of a visitor's, or of a program's that reads. */
export interface AuthorizeRequest {
  /** `GET`, or `POST` for an action. */
  readonly method: string;
  /** Its path and query, as they came: of a stream, not those of its page. */
  readonly url: string;
  /** The network address that it comes from. */
  readonly address: string;
  /** A cookie that an action has set by `setCookie()`: undefined where there is none, or where it is not this server's, or too old. */
  cookie(name: string): string | undefined;
  /**
   * A header. What anybody's browser or program says of itself, as it came: `authorization`, `cookie`, `user-agent`,
   * `accept-language`. Any other only where a proxy of TRUST_PROXY sent the request, else undefined: anybody could write that he is
   * somebody.
   */
  header(name: string): string | undefined;
}

/** What a visitor asks for: one of the three names. */
export interface AuthorizeContext {
  readonly request: AuthorizeRequest;
  /** A page's name: `index`, `rooms/list`. The gallery is `widgets`, and of one widget `widgets/price`. */
  readonly page?: string | undefined;
  /** An action's name: `notes/add`. */
  readonly action?: string | undefined;
  /** A topic that a page, a stream or a program reads: `price/ACME`. */
  readonly topic?: string | undefined;
}

/** Says who asks: an object, which pages and actions see as `user`; undefined for nobody, who may all the same. */
export type Decide = (asked: AuthorizeContext) => object | null | undefined | Promise<object | null | undefined>;

/** Who may what: the default export of `src/authorize.ts`. */
export interface Authorize {
  readonly decide: Decide;
}

/**
 * Asked before each page, each action, and each topic that is read. What is not to be, {@link deny} refuses; what throws anything else, or
 * takes over 5 s, is refused, too.
 */
export function authorize(decide: Decide): Authorize {
  if (typeof decide === "function") return { decide };
  throw new TypeError("Write authorize(({ request, page, action, topic }) => …): a function.");
}

/** That a visitor may not. */
export class Denied extends Problem {
  /** Where the visitor logs in. */
  readonly logIn: string | undefined;
  /** Whether nobody has said why. */
  readonly isUsual: boolean;

  constructor(why: string | undefined, logIn?: string) {
    if (logIn === undefined) super(403, "denied", why ?? "This is not for everybody.");
    else super(401, "log_in", why ?? "Log in first.");
    this.logIn = logIn;
    this.isUsual = why === undefined;
  }
}

/** `why` is told to the visitor. `logIn` is a page of this server, which is shown to whoever is led there. */
export interface Denial {
  readonly why?: string;
  readonly logIn?: string;
}

/**
 * Refuses what a visitor asks for: 403, or with `logIn` 401. A page's visitor is led to the page to log in at, with the address to
 * come back to as its query's `back`: {@link ActionPage.back} leads there. For use in `authorize`, and in actions.
 */
export function deny(denial: string | Denial = {}): never {
  const { why, logIn } = typeof denial === "string" ? { why: denial, logIn: undefined } : denial;
  if (logIn === undefined) throw new Denied(why);
  throw new Denied(why, ownAddress(logIn, "deny({ logIn })"));
}

/** The name of the address to come back to, in the query of the page to log in at. */
const BACK = "back";

/** Where to log in, with the way back. */
export function logInAddress(logIn: string, from: string): string {
  const back = isOwnAddress(from);
  if (back === undefined) return logIn;
  const [, path, hash] = /^([^#]*)(.*)$/s.exec(logIn)!;
  return `${path}${path!.includes("?") ? "&" : "?"}${new URLSearchParams({ [BACK]: back })}${hash}`;
}

/** Where a page leads back to that was come to for logging in: the first page, where it does not say. */
export function backFrom(address: string): string {
  return isOwnAddress(parsedAddress(address)?.searchParams.get(BACK) ?? "") ?? "/";
}
