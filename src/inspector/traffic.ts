import type { JsonText } from "../engine/core/json.ts";
import type { Region } from "../engine/core/region.ts";
import { isSecretSegment, type Topic } from "../engine/core/topic.ts";
import type { TrafficObserver } from "../engine/delivery/fan-out.ts";
import type { Entry } from "../engine/log/record.ts";
import type { Update } from "../engine/regions/update.ts";

/** Of one topic: what came and what was rendered, a second, over the last few seconds. */
export interface Rates {
  readonly values: number;
  readonly renders: number;
}

/** The newest value of a topic. */
export interface Newest {
  /** Its JSON, or the beginning of it. */
  readonly text: string;
  /** When it was published, in milliseconds since 1970. */
  readonly at: number;
}

/** One fragment as it was sent. */
export interface SentFragment {
  readonly region: string;
  readonly at: number;
  /** Of the whole event. */
  readonly bytes: number;
  readonly readers: number;
  readonly html: string;
  /** Whether the HTML is but the beginning. */
  readonly cut: boolean;
}

/** What passed since the last look. */
export interface Passed {
  /** In seconds, since then. */
  readonly seconds: number;
  /** Values of private topics, a second, over the last few seconds. */
  readonly privately: number;
  /** By public topic. */
  readonly topics: ReadonlyMap<Topic, Rates & { readonly newest: Newest | undefined }>;
  readonly fragments: readonly SentFragment[];
}

/** How much of a value, and of a fragment, is shown. */
const NEWEST_CHARS = 160;
const FRAGMENT_CHARS = 2_000;
/** How many fragments are shown of each second. */
const MAX_FRAGMENTS = 12;
/** Of more topics than these, those that come later are left out. */
const MAX_TOPICS = 500;
/** How much the newest second counts for in a rate. */
const SMOOTHING = 0.3;
/** A topic that is slower than this, a second, is forgotten until its next value. */
const NOTHING = 0.005;

interface Counted {
  values: number;
  renders: number;
  rates: Rates | undefined;
  newest: Newest | undefined;
}

/** Counts what passes through this node while someone looks. What is private is counted, and neither named nor kept. */
export class Traffic implements TrafficObserver {
  readonly #isPrivate: (region: Pick<Region, "topic">) => boolean;
  readonly #topics = new Map<Topic, Counted>();
  #private: { values: number; rate: number | undefined } = { values: 0, rate: undefined };
  #sent: { readonly region: Region; readonly update: Update; readonly readers: number; readonly at: number }[] = [];
  #since = performance.now();

  constructor(isPrivate: (region: Pick<Region, "topic">) => boolean) {
    this.#isPrivate = isPrivate;
  }

  read(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.op !== "publish") continue;
      if (this.#isPrivate(entry)) {
        this.#private.values++;
        continue;
      }
      const counted = this.#counted(entry.topic);
      if (counted === undefined) continue;
      counted.values++;
      counted.newest = newestOf(entry);
    }
  }

  sent(region: Region, updates: readonly Update[], readers: number): void {
    if (this.#isPrivate(region) || Object.values(region.params).some(isSecretSegment)) return;
    const counted = this.#counted(region.topic);
    if (counted !== undefined) counted.renders += updates.length;
    // Programs' events have a name, and are no HTML.
    for (const update of updates.slice(-MAX_FRAGMENTS)) {
      if (update.event === undefined) this.#sent.push({ region, update, readers, at: Date.now() });
    }
    if (this.#sent.length > MAX_FRAGMENTS) this.#sent.splice(0, this.#sent.length - MAX_FRAGMENTS);
  }

  /** What passed since the last call, and begins anew. */
  take(): Passed {
    const now = performance.now();
    const seconds = Math.max(0.001, (now - this.#since) / 1000);
    this.#since = now;
    const fragments = this.#sent.map(fragmentOf);
    this.#sent = [];
    const privately = smoothed(this.#private.rate, this.#private.values / seconds);
    this.#private = { values: 0, rate: privately };
    const topics = new Map<Topic, Rates & { newest: Newest | undefined }>();
    for (const [topic, counted] of this.#topics) {
      const { rates: before, newest } = counted;
      const rates = {
        values: smoothed(before?.values, counted.values / seconds),
        renders: smoothed(before?.renders, counted.renders / seconds),
      };
      Object.assign(counted, { values: 0, renders: 0, rates });
      if (Math.max(rates.values, rates.renders) < NOTHING) this.#topics.delete(topic);
      topics.set(topic, { ...rates, newest });
    }
    return { seconds, privately, topics, fragments };
  }

  #counted(topic: Topic): Counted | undefined {
    const known = this.#topics.get(topic);
    if (known !== undefined || this.#topics.size >= MAX_TOPICS) return known;
    const counted = { values: 0, renders: 0, rates: undefined, newest: undefined };
    this.#topics.set(topic, counted);
    return counted;
  }
}

function smoothed(before: number | undefined, now: number): number {
  return before === undefined ? now : before + SMOOTHING * (now - before);
}

function fragmentOf({ region, update, readers, at }: { region: Region; update: Update; readers: number; at: number }) {
  const html = beginning(update.data, FRAGMENT_CHARS);
  return { region: region.name, at, bytes: update.bytes.length, readers, html, cut: html.length < update.data.length };
}

/** A value as the newest of its topic. */
export function newestOf({ json, at }: { json: JsonText; at: number }): Newest {
  return { text: beginning(json.text, NEWEST_CHARS), at };
}

/** The beginning of a text, as a copy: a part of a string keeps all of it in memory. */
export function beginning(text: string, chars: number): string {
  return text.length <= chars ? text : Buffer.from(text.slice(0, chars)).toString();
}
