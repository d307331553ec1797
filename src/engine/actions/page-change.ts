import type { Region } from "../core/region.ts";

/** What an action changes on the page that its form stands on, besides the form itself. */
export class PageChange {
  readonly to: { readonly kind: "go"; readonly address: string } | { readonly kind: "join"; readonly region: Region };

  constructor(to: PageChange["to"]) {
    this.to = to;
  }
}
