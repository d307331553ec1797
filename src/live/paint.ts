import { isBlank } from "../log/record.ts";
import type { Region } from "../region.ts";
import type { Topic } from "../topic.ts";
import type { Live } from "./live.ts";

/** What a page shows before its stream begins. */
export class Paint {
  readonly #live: Live;

  constructor(live: Live) {
    this.#live = live;
  }

  async html(region: Region): Promise<string> {
    this.#live.renderer.check(region);
    const mirror = await this.#live.mirrors.hold(region.topic);
    this.#live.flush();
    try {
      return this.#live.html(region, mirror).html();
    } finally {
      this.#live.mirrors.release(mirror);
    }
  }

  async still(region: Region): Promise<string | undefined> {
    this.#live.renderer.check(region);
    const mirror = await this.#live.mirrors.peek(region.topic);
    this.#live.flush();
    return isBlank(mirror.record) ? undefined : this.#live.html(region, mirror).html();
  }

  async first(topic: Topic, ms: number): Promise<void> {
    const mirror = await this.#live.mirrors.hold(topic);
    await this.#live.position.until(() => !isBlank(mirror.record), ms);
    this.#live.mirrors.release(mirror);
  }
}
