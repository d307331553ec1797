import { type EventSourceMessage, EventSourceParserStream } from "eventsource-parser/stream";
import { parseCursor } from "../../src/engine/core/cursor.ts";
import type { Node } from "./cluster.ts";
import type { Random } from "./random.ts";

/** A page that goes from node to node with the id of the last event that it has seen, and sees numbers that only grow. */
export class Traveller {
  /** Those that have an id. */
  events = 0;
  /** How often it came to a node that had not yet what it had. */
  behind = 0;
  /** How often it was told to come back later. */
  turnedAway = 0;
  /** What should never have come. */
  readonly back: object[] = [];
  readonly #random: Random;
  #id = "";
  #seq = 0;
  #value = 0;
  #list = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  async travel(nodes: readonly Node[], moves: number): Promise<void> {
    for (let move = 0; move < moves; move++) {
      const { origin } = nodes[move % nodes.length]!;
      const had = this.#value;
      // What a page is shown there that has nothing yet.
      const fresh = newest(origin);
      await this.#read(origin, this.#random.from(1, 15));
      if ((await fresh) < had) this.behind++;
    }
  }

  async #read(origin: string, count: number): Promise<void> {
    let read = 0;
    for await (const event of stream(origin, "value,list", this.#id)) {
      if (event.id === undefined) continue; // a greeting, or a notice
      this.#see(event.id, event.data);
      if (++read === count) return;
    }
    if (read === 0) this.turnedAway++;
  }

  #see(id: string, data: string): void {
    this.events++;
    const seq = parseCursor(id)?.seq ?? -1;
    const value = Number(/<b>(\d+)/.exec(data)?.[1] ?? this.#value);
    const list = Math.max(...[...data.matchAll(/<li[^>]*>(\d+)/g)].map(([, n]) => Number(n)), 0) || this.#list;
    if (seq < this.#seq || value < this.#value || list < this.#list) {
      this.back.push({ id, value, list, before: { id: this.#id, value: this.#value, list: this.#list } });
    }
    [this.#id, this.#seq, this.#value, this.#list] = [id, seq, value, list];
  }
}

/** The value that a node shows. */
async function newest(origin: string): Promise<number> {
  for await (const { data } of stream(origin, "value", "")) {
    const [, value] = /<b>(\d+)/.exec(data) ?? [];
    if (value !== undefined) return Number(value);
  }
  return Number.POSITIVE_INFINITY; // it was cut off, and nobody looked there: no page is shown anything
}

/** The events of a stream. Whoever has enough of them leaves, and the connection is closed. */
async function* stream(origin: string, regions: string, id: string): AsyncGenerator<EventSourceMessage> {
  const headers: Record<string, string> = id === "" ? {} : { "last-event-id": id };
  const { body } = await fetch(`${origin}/events?regions=${regions}`, { headers });
  yield* body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
}
