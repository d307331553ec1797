import type { Region } from "../core/region.ts";
import type { Topic } from "../core/topic.ts";
import type { Hub } from "../delivery/hub.ts";
import { isBlank } from "../log/record.ts";
import type { LiveTopic } from "../topics/live-topic.ts";
import type { StaleMarker } from "./stale-marker.ts";

/** What a page shows before its stream begins: the HTML of its regions, which is the same that the stream would send. */
export class FirstPaint {
  readonly #hub: Hub;
  readonly #staleMarker: StaleMarker;

  constructor(hub: Hub, staleMarker: StaleMarker) {
    this.#hub = hub;
    this.#staleMarker = staleMarker;
  }

  async html(region: Region): Promise<string> {
    this.#hub.renderer.check(region);
    const liveTopic = await this.#hub.topics.hold(region.topic);
    try {
      await this.#staleMarker.mark(region.topic, liveTopic.record);
      this.#hub.flush();
      return this.#hub.html(region, liveTopic).html();
    } finally {
      this.#hub.topics.release(liveTopic);
    }
  }

  htmlNow(region: Region): string | undefined {
    this.#hub.renderer.check(region);
    const liveTopic = this.#hub.topics.touch(region.topic);
    if (liveTopic === undefined || !this.#isThere(liveTopic)) return undefined;
    this.#hub.flush();
    return this.#hub.html(region, liveTopic).html();
  }

  async still(region: Region): Promise<string | undefined> {
    this.#hub.renderer.check(region);
    let liveTopic = await this.#hub.topics.peek(region.topic);
    if (await this.#staleMarker.mark(region.topic, liveTopic.record)) {
      liveTopic = await this.#hub.topics.peek(region.topic);
    }
    this.#hub.flush();
    return isBlank(liveTopic.record) ? undefined : this.#hub.html(region, liveTopic).html();
  }

  async waitForValue(topic: Topic, ms: number): Promise<void> {
    const liveTopic = await this.#hub.topics.hold(topic);
    await this.#hub.position.waitUntil(() => this.#isThere(liveTopic), ms);
    this.#hub.topics.release(liveTopic);
  }

  #isThere({ topic, record }: LiveTopic): boolean {
    return !isBlank(record) && !this.#staleMarker.isQuiet(topic, record);
  }
}
