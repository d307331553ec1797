import { fill } from "../core/partial.ts";
import type { Region } from "../core/region.ts";
import type { Renderer } from "../core/widget.ts";
import type { Chunk } from "./chunk.ts";
import type { Content } from "./content.ts";

/**
 * A region that today's templates do not have, on a page of before a deploy: it says so, and the page's other regions go on.
 * Nothing happens to it; a page of other templates is sent everything afresh, and this with it.
 */
export class GoneContent implements Content {
  readonly region: Region;
  readonly seq = 0;
  readonly ended = false;
  readers = 0;
  readonly #data: string;

  constructor(region: Region, renderer: Renderer) {
    this.region = region;
    this.#data = fill(region.id, renderer.gone(region));
  }

  apply(): boolean {
    return false;
  }

  take(): [] {
    return [];
  }

  entries(): undefined {}

  next(): Chunk {
    return { parts: [{ seq: 0, data: this.#data }], progress: { seq: 0, born: 0 } };
  }
}
