import { isIPv4 } from "node:net";
import proxyAddr from "proxy-addr";

/**
 * Parsers for the texts of variables. For a text that is not valid, each returns a {@link Mend} if it can say how to mend it,
 * else undefined.
 */

/** A sentence that says how to mend a text, without repeating it, since it may hold a password. */
export class Mend {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export function wholeNumber(most: number): (text: string) => number | undefined {
  return (text) => (/^\d{1,9}$/.test(text) && Number(text) <= most ? Number(text) : undefined);
}

export function decimal(least: number, most: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };
}

export const onOrOff = (text: string) => (text === "on" ? true : text === "off" ? false : undefined);

export function plainHost(text: string): string | undefined {
  return /^[a-z0-9.:-]+$/i.test(text) ? text : undefined;
}

/** Whether an address to listen on is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/**
 * Which proxies are believed: how many stand in front, or their addresses, networks and the names that proxy-addr has for some.
 */
export function proxies(text: string): number | string[] | undefined {
  if (/^\d$/.test(text)) return Number(text);
  return each(text, (entry) => {
    try {
      proxyAddr.compile(entry);
      return entry;
    } catch {
      return undefined;
    }
  });
}

/** URLs take more for a host, such as `*.example.com`, which no browser ever names. */
const ORIGIN = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d+)?$/;

export function origin(text: string): string | undefined {
  return ORIGIN.test(text) && URL.canParse(text) && new URL(text).origin === text ? text : undefined;
}

/** The entries of a comma list. */
export function each(text: string, parse: (entry: string) => string | undefined): string[] | undefined {
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map(parse);
  return entries.includes(undefined) ? undefined : (entries as string[]);
}

/** How to mend what {@link visible} refuses. */
export const VISIBLE = "Write visible ASCII characters without spaces, as it must fit in a header.";

/** A text that fits in a header. */
export const visible = (text: string) => (/^[\x21-\x7e]+$/.test(text) ? text : undefined);
