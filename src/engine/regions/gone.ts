import { fill } from "../core/partial.ts";
import type { Region } from "../core/region.ts";
import type { Renderer } from "../core/widget.ts";
import type { Chunk } from "./chunk.ts";
import type { Content } from "./content.ts";

/**
 * A region that today's templates do not have any more, on a page that was loaded before a deploy. It says so, and the page's
 * other regions go on. It never changes, so it has no updates; its sentence reaches the page because a page of other templates
 * is sent every region anew.
 */
export class GoneContent implements Content {
  readonly region: Region;
  readonly seq = 0;
  readonly ended = false;
  groupCount = 0;
  readonly #data: string;

  constructor(region: Region, renderer: Renderer) {
    this.region = region;
    this.#data = fill(region.id, renderer.gone(region));
  }

  apply(): boolean {
    return false;
  }

  takeUpdates(): [] {
    return [];
  }

  entriesSince(): undefined {}

  nextChunk(): Chunk {
    return { parts: [{ seq: 0, data: this.#data }], progress: { seq: 0, itemsUpTo: 0 } };
  }
}
