import { parseRegion, type Region } from "../../src/engine/core/region.ts";
import { Model } from "../support/model.ts";
import { renderer, widgets } from "../support/renderer.ts";

export type Event =
  | { do: "publish"; topic: string; data: number; item: string | undefined }
  | { do: "remove"; topic: string; item: string }
  | { do: "clear"; topic: string };

/**
 * What a reader is owed of a region: nothing, the births that it missed, these and newer versions of items that it has (or all
 * of it afresh, where nobody has seen how they changed), or all of it afresh.
 */
export type Owed = "nothing" | "births" | "changes" | "reset";

interface Moved {
  seq: number;
  kind: "born" | "replaced" | "other";
  /** What the region shows from then on. */
  html: string;
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
    const move = (kind: Moved["kind"], now: string[]) => {
      this.#keys.set(topic, now);
      this.#moved.set(topic, [...this.#moves(topic), { seq, kind, html: this.#model.html(parseRegion(topic)) }]);
    };
    if (event.do === "clear") {
      this.#model.clear(topic);
      move("other", []);
    } else if (event.do === "remove") {
      this.#model.remove(topic, event.item);
      const key = `=${event.item}`;
      if (!keys.includes(key)) return; // nothing that shows
      move(
        "other",
        keys.filter((other) => other !== key),
      );
    } else {
      this.#model.publish(topic, event.data, event.item);
      const key = event.item === undefined ? String(seq) : `=${event.item}`;
      if (widgets[topic]!.kind === "state") move("other", []);
      else if (keys.includes(key)) move("replaced", keys);
      else move("born", [...keys, key].slice(-widgets[topic]!.keep));
    }
  }

  /** What a region shows now, or showed at a seq. */
  html(region: Region, seq = this.seq): string {
    const before = this.#moves(region.topic).findLast((moved) => moved.seq <= seq);
    return before?.html ?? renderer().waiting(region);
  }

  /** @param since where the reader is for certain, or undefined @param exact whether it has nothing newer either */
  owed(region: Region, since: number | undefined, exact: boolean): Owed {
    if (since === undefined) return "reset";
    const missed = this.#moves(region.topic).filter(({ seq }) => seq > since);
    if (missed.length === 0) return "nothing";
    if (!exact || missed.some(({ kind }) => kind === "other")) return "reset";
    const births = missed.filter(({ kind }) => kind === "born").length;
    if ((this.#keys.get(region.topic)?.length ?? 0) <= births) return "reset"; // nothing is left of what the reader has
    return births === missed.length ? "births" : "changes";
  }

  #moves(topic: string): Moved[] {
    return this.#moved.get(topic) ?? [];
  }
}
