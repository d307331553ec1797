import type { Context } from "koa";
import Negotiator from "negotiator";

/** So much is remembered: browsers send few headers, and all of them with each request. */
const MAX_REMEMBERED = 100;
const MAX_HEADER_CHARACTERS = 100;

/** What was found out of some codings and a header. */
const remembered = new Map<string, string | undefined>();

/**
 * How an answer is to be coded: by `Accept-Encoding`, with its q-values, `*` and `identity`.
 * @param codings those that there are, the best first
 * @returns undefined for not at all: also where the client would take nothing, since it can then read the answer at least
 */
export function codingFor<Coding extends string>(ctx: Context, codings: readonly Coding[]): Coding | undefined {
  const header = ctx.get("Accept-Encoding");
  if (header === "") return undefined;
  const asked = `${codings} of ${header}`;
  if (remembered.has(asked)) return remembered.get(asked) as Coding | undefined;
  const found = negotiated(ctx, codings);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  if (header.length <= MAX_HEADER_CHARACTERS) remembered.set(asked, found);
  return found;
}

function negotiated<Coding extends string>(ctx: Context, codings: readonly Coding[]): Coding | undefined {
  const negotiator: Preferring = new Negotiator(ctx.req);
  const preferred = [...codings, "identity"];
  const liked = negotiator.encoding(preferred, { preferred });
  return codings.find((coding) => coding === liked);
}

/** Of those that a client likes equally well, as browsers do, the first is taken: its types do not know of it. */
interface Preferring {
  encoding(available: readonly string[], options: { preferred: readonly string[] }): string | undefined;
}
