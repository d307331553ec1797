import { hex, type Random } from "./random.ts";
import type { Tool } from "./tools.ts";

/** What an answer is called. */
export interface Identity {
  /** Unique, without the prefix that its kind of thing has. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly tool: { readonly id: string; readonly name: string; readonly kind: Tool["kind"] } | undefined;
}

/** Before this, nothing was made: a seeded answer is of some second in the year after it. */
const EPOCH = Date.UTC(2025, 0, 1) / 1000;
const YEAR_S = 365 * 24 * 60 * 60;

/** @param seed whether all is to be the same again, the time included */
export function identify(random: Random, isSeeded: boolean, tool: Tool | undefined): Identity {
  const id = hex(random, 32);
  const created = isSeeded ? EPOCH + Math.floor(random() * YEAR_S) : Math.floor(Date.now() / 1000);
  return { id, created, tool: tool && { id: hex(random, 24), name: tool.name, kind: tool.kind } };
}
