import type { Region } from "../core/region.ts";

/** What an action changes on the page that its form stands on, besides the form itself. */
export class PageChange {
  readonly to: { readonly kind: "go"; readonly address: string } | { readonly kind: "join"; readonly region: Region };

  constructor(to: PageChange["to"]) {
    this.to = to;
  }
}

/**
 * An address of this server's own, as a path and a query.
 * @throws Error that names the fix: whoever could name another server in a link would lead visitors there
 */
export function ownAddress(address: string): string {
  const base = "http://here.invalid";
  const url = URL.canParse(address, base) ? new URL(address, base) : undefined;
  // A path that begins with "//" names another server, and what becomes one is "/.//other.example".
  if (url?.origin !== base || !address.startsWith("/") || url.pathname.startsWith("//")) {
    throw new Error(
      `page.go() leads to a path of this server, such as "/thanks" or "/list?page=2", and not elsewhere.`,
    );
  }
  return url.pathname + url.search + url.hash;
}
