import { LIMITS } from "../../core/limits.ts";
import { type Linked, LinkedList } from "../../core/linked-list.ts";
import { Problem } from "../../core/problem.ts";

/** A body that is being received. */
export interface Arrival extends Linked<Arrival> {
  /** So many have come; none, and it is not counted. */
  bytes: number;
  /** Ends receiving it. */
  refuse: (problem: Problem) => void;
}

/**
 * The bodies of all requests that are being received. Anyone may begin many and never end them: so where there are too many
 * bytes, the body that began first is refused. One that is sent at once is complete before that.
 */
export class Arrivals {
  /** In the order in which they began to come. */
  readonly #arriving = new LinkedList<Arrival>();
  #bytes = 0;

  add(arrival: Arrival, bytes: number): void {
    if (arrival.bytes === 0) this.#arriving.add(arrival);
    arrival.bytes += bytes;
    this.#bytes += bytes;
    for (const oldest of this.#arriving) {
      if (this.#bytes <= LIMITS.arrivingBytes) return;
      this.delete(oldest);
      oldest.refuse(overloaded());
    }
  }

  /** To be called when it is complete, or will not be. */
  delete(arrival: Arrival): void {
    if (arrival.bytes === 0) return;
    this.#arriving.delete(arrival);
    this.#bytes -= arrival.bytes;
    arrival.bytes = 0;
  }
}

function overloaded(): Problem {
  const title = "More is being sent to this server than it can hold. Send it again in a second.";
  return new Problem(503, "overloaded", title, { headers: { "Retry-After": "1" } });
}
