import { append, fill, remove } from "../../src/partial.ts";
import { itemId, parseRegion, type Region } from "../../src/region.ts";
import { Model } from "../support/model.ts";
import { renderer, widgets } from "../support/renderer.ts";

export type Event =
  | { do: "publish"; topic: string; data: number; item: string | undefined }
  | { do: "remove"; topic: string; item: string }
  | { do: "clear"; topic: string };

interface Moved {
  seq: number;
  /** What a page needs to add; undefined where something other than a birth happened. */
  birth: { partials: string } | undefined;
}

/** What happened to each topic, and from that, as simply as can be, what a reader that was there at some moment must be sent. */
export class History {
  seq = 0;
  readonly #model = new Model(() => renderer());
  readonly #moved = new Map<string, Moved[]>();
  /** The keys that each list shows. */
  readonly #keys = new Map<string, string[]>();

  add(event: Event): void {
    const seq = ++this.seq;
    const { topic } = event;
    const keys = this.#keys.get(topic) ?? [];
    const move = (birth?: Moved["birth"]) => this.#moved.set(topic, [...this.#moves(topic), { seq, birth }]);
    if (event.do === "clear") {
      this.#model.clear(topic);
      this.#keys.set(topic, []);
      move();
    } else if (event.do === "remove") {
      this.#model.remove(topic, event.item);
      if (!keys.includes(`=${event.item}`)) return; // nothing that shows
      this.#keys.set(
        topic,
        keys.filter((key) => key !== `=${event.item}`),
      );
      move();
    } else {
      this.#model.publish(topic, event.data, event.item);
      const key = event.item === undefined ? String(seq) : `=${event.item}`;
      if (widgets[topic]!.kind === "state" || keys.includes(key)) return void move();
      const evicted = keys.slice(0, Math.max(0, keys.length + 1 - widgets[topic]!.keep));
      this.#keys.set(topic, [...keys.slice(evicted.length), key]);
      move({ partials: this.#birth(parseRegion(topic), key, event.data, evicted) });
    }
  }

  /** @param since where the reader is for certain, or undefined @param exact whether it has nothing newer either */
  owed(regions: readonly Region[], since: number | undefined, exact: boolean): string {
    return regions.map((region) => this.#owed(region, since, exact)).join("");
  }

  #owed(region: Region, since: number | undefined, exact: boolean): string {
    const reset = fill(region.id, this.#model.html(region));
    if (since === undefined) return reset;
    const missed = this.#moves(region.topic).filter(({ seq }) => seq > since);
    if (missed.length === 0) return "";
    const births = missed.flatMap(({ birth }) => birth ?? []);
    const kept = (this.#keys.get(region.topic)?.length ?? 0) > births.length; // something of what the reader has
    return exact && kept && births.length === missed.length ? births.map(({ partials }) => partials).join("") : reset;
  }

  #moves(topic: string): Moved[] {
    return this.#moved.get(topic) ?? [];
  }

  #birth(region: Region, key: string, data: number, evicted: string[]): string {
    const html = renderer().fragment(region, { data, at: 0, history: [], id: itemId(region.id, key) });
    return append(region.id, html) + evicted.map((gone) => remove(itemId(region.id, gone))).join("");
  }
}
