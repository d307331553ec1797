import { isHere, parsedAddress } from "./own-address.ts";

const PATTERN = /^(https?:)\/\/(\*\.)?(.+?)(?::(\d+))?$/;

/** Whether a page shows a picture, a film or a sound from an address. */
export type MayShow = (address: unknown) => boolean;

/**
 * What browsers make of the policy that pages are sent with: they show what is of this server, by its path, and what is of one of
 * these origins.
 * @param origins each as `https://cdn.example.com`, or `https://*.example.org` for all below a name
 */
export function mayShow(origins: readonly string[]): MayShow {
  const allowed = origins.map(matcher);
  return (address) => {
    if (typeof address !== "string") return false;
    const url = parsedAddress(address);
    if (url === undefined) return false;
    return isHere(url) ? address.startsWith("/") : allowed.some((allows) => allows(url));
  };
}

function matcher(origin: string): (url: URL) => boolean {
  const [, scheme, star, host, port = ""] = PATTERN.exec(origin)!;
  const atPort = new URL(`${scheme}//${host}${port === "" ? "" : `:${port}`}`).port;
  return ({ protocol, hostname, port }) => {
    // What may come by HTTP may come by HTTPS, too.
    const byScheme = protocol === scheme || (scheme === "http:" && protocol === "https:");
    return byScheme && port === atPort && (star === undefined ? hostname === host : hostname.endsWith(`.${host}`));
  };
}

/** The origin of an address that is not this server's; undefined where there is none. */
export function originOfMedia(address: string): string | undefined {
  const url = parsedAddress(address);
  return url === undefined || isHere(url) || !/^https?:$/.test(url.protocol) ? undefined : url.origin;
}
