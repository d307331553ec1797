import { itemId, type Region } from "../../src/engine/core/region.ts";
import type { Renderer, RenderInput } from "../../src/engine/core/widget.ts";

interface Kept {
  key: string;
  data: number | string;
}

/** What was published to one topic, as the simplest code that can tell what a page must show. */
export class Model {
  #renderer: () => Renderer;
  #seq = 0;
  #kept = new Map<string, Kept[]>();
  #stale = new Set<string>();

  constructor(renderer: () => Renderer) {
    this.#renderer = renderer;
  }

  publish(topic: string, data: number | string, item?: string): void {
    this.#seq++;
    const key = item === undefined ? String(this.#seq) : `=${item}`;
    const kept = this.#kept.get(topic) ?? [];
    const there = kept.find((one) => one.key === key);
    if (there !== undefined) there.data = data;
    else kept.push({ key, data });
    const { retain } = this.#renderer().widget(topic as Region["topic"]);
    this.#kept.set(topic, kept.slice(-retain));
    this.#stale.delete(topic);
  }

  remove(topic: string, item: string): void {
    this.#seq++;
    this.#kept.set(
      topic,
      (this.#kept.get(topic) ?? []).filter(({ key }) => key !== `=${item}`),
    );
  }

  clear(topic: string): void {
    this.#seq++;
    this.#kept.delete(topic);
    this.#stale.delete(topic);
  }

  end(): void {
    this.#seq++;
  }

  stale(topic: string): void {
    this.#seq++;
    this.#stale.add(topic);
  }

  /** Of a topic that is not stale nothing is appended. */
  confirm(topic: string): void {
    if (this.#stale.delete(topic)) this.#seq++;
  }

  html(region: Region): string {
    const renderer = this.#renderer();
    const { kind, keep } = renderer.widget(region.topic);
    const kept = this.#kept.get(region.topic) ?? [];
    const notice = this.#stale.has(region.topic) ? renderer.stale(region, 0, "gone") : "";
    const at = 0;
    if (kind === "state") {
      const history = kept.map(({ data }) => data);
      const data = history.pop();
      return (
        (data === undefined ? "" : shown(renderer, region, { data, history, at })) + notice || renderer.waiting(region)
      );
    }
    const items = kept.map(({ key, data }) =>
      shown(renderer, region, { data, history: [], at, id: itemId(region.id, key) }),
    );
    const visible = items.filter((item) => item !== "").slice(-keep);
    return visible.join("") + notice || renderer.waiting(region);
  }
}

function shown(renderer: Renderer, region: Region, sight: RenderInput): string {
  try {
    return renderer.fragment(region, sight);
  } catch (error) {
    return renderer.unshowable(region, sight.at, error, sight.id);
  }
}
