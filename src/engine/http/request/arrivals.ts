import { Problem } from "../../core/problem.ts";

/** How many bytes of bodies may be here whose ends are not. */
const MAX_ARRIVING_BYTES = 64 * 1024 * 1024;

/** A body on its way in. */
export interface Arrival {
  bytes: number;
  /** Gives up the body. */
  readonly refuse: (problem: Problem) => void;
}

/**
 * The bodies of all requests that are on their way in. Anyone may begin many and end none, so that of too many the one goes
 * that has been coming for longest: what is sent at once is here at once, however much others hold back.
 */
export class Arrivals {
  /** In the order in which they began to come. */
  readonly #arriving = new Set<Arrival>();
  #bytes = 0;

  add(arrival: Arrival, bytes: number): void {
    this.#arriving.add(arrival);
    arrival.bytes += bytes;
    this.#bytes += bytes;
    for (const oldest of this.#arriving) {
      if (this.#bytes <= MAX_ARRIVING_BYTES) return;
      this.delete(oldest);
      oldest.refuse(overloaded());
    }
  }

  /** It is here, or will never be. */
  delete(arrival: Arrival): void {
    if (this.#arriving.delete(arrival)) this.#bytes -= arrival.bytes;
  }
}

function overloaded(): Problem {
  const title = "More is being sent to this server than it can hold. Send it again in a second.";
  return new Problem(503, "overloaded", title, { headers: { "Retry-After": "1" } });
}
