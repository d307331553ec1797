const BASE = "http://here.invalid";

/**
 * An address of this server's own, as a path and a query.
 * @param call as its author wrote it, such as `page.go()`
 * @throws Error that names the fix: whoever could name another server in a link would lead visitors there
 */
export function ownAddress(address: string, call: string): string {
  const own = isOwnAddress(address);
  if (own !== undefined) return own;
  throw new Error(`${call} leads to a path of this server, such as "/thanks" or "/list?page=2", and not elsewhere.`);
}

/** The same; undefined for what is none. */
export function isOwnAddress(address: string): string | undefined {
  const url = parsedAddress(address);
  // A path that begins with "//" names another server, and what becomes one is "/.//other.example".
  if (url === undefined || !isHere(url) || !address.startsWith("/") || url.pathname.startsWith("//")) return undefined;
  return url.pathname + url.search + url.hash;
}

/** Whether it is of no other server: its text named none. */
export const isHere = ({ origin }: URL): boolean => origin === BASE;

/** A text as a URL, which has a host of no account where the text names none; undefined for what is no address. */
export function parsedAddress(address: string): URL | undefined {
  return URL.canParse(address, BASE) ? new URL(address, BASE) : undefined;
}

/** The path of a page: `index` is its folder itself. */
export function pathOf(page: string): string {
  return `/${page}`.replace(/\/index$/, "") || "/";
}
