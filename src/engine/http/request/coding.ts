import type { Context } from "koa";
import Negotiator from "negotiator";
import { Remembered } from "../../core/remembered.ts";

const OF = " of ";

/** By some codings and a header: browsers send few headers, and all of them with each request. */
const remembered = new Remembered((asked) => {
  const at = asked.indexOf(OF);
  return negotiated(asked.slice(0, at).split(","), asked.slice(at + OF.length));
});

/**
 * How an answer is to be coded: by `Accept-Encoding`, with its q-values, `*` and `identity`.
 * @param codings those that there are, the best first
 * @returns undefined for not at all: also where the client would take nothing, since it can then read the answer at least
 */
export function codingFor<Coding extends string>(ctx: Context, codings: readonly Coding[]): Coding | undefined {
  const header = ctx.get("Accept-Encoding");
  return header === "" ? undefined : (remembered.of(codings + OF + header) as Coding | undefined);
}

function negotiated(codings: readonly string[], header: string): string | undefined {
  const negotiator: Preferring = new Negotiator({ headers: { "accept-encoding": header } });
  const preferred = [...codings, "identity"];
  const liked = negotiator.encoding(preferred, { preferred });
  return codings.find((coding) => coding === liked);
}

/** Of those that a client likes equally well, as browsers do, the first is taken: its types do not know of it. */
interface Preferring {
  encoding(available: readonly string[], options: { preferred: readonly string[] }): string | undefined;
}
