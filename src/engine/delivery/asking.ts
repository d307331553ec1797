import { formatCursor, parseCursor } from "../core/cursor.ts";
import type { Region } from "../core/region.ts";
import type { Topic } from "../core/topic.ts";
import type { Notice } from "../core/widget.ts";
import type { Progress } from "../regions/chunk.ts";
import type { Content } from "../regions/content.ts";
import type { LiveTopic } from "../topics/live-topic.ts";
import type { Hub } from "./hub.ts";
import type { Liveness } from "./liveness.ts";
import type { Notices } from "./notices.ts";
import type { ReaderCounts } from "./reader-counts.ts";

/** An open page that is not live just now, and asks what is new. */
export interface AskingPage {
  readonly regions: readonly Region[];
  /** How far it is, as it came. */
  readonly cursor: string;
  /** The id that it was given, as it came. */
  readonly id: string;
  /** Of one that has no stream, which would count it as a reader: called when it counts no more. */
  readonly onGone: (() => void) | undefined;
}

/** What such a page is told. */
export interface News {
  /** Partials: its regions that have moved, anew. */
  readonly html: string;
  /** How far it is then. */
  readonly cursor: string;
  /** A sentence for the whole page; "" where there is nothing to say. */
  readonly notice: Notice;
  /** Whether all its topics have ended: it need not ask again. */
  readonly ended: boolean;
  /** By which it asks from now on; undefined where it has a stream. */
  readonly id: string | undefined;
}

/** How long a page waits that comes with a cursor from another node which this node has not reached yet. */
const MAX_BEHIND_MS = 1_000;
/** For so long a page that has asked counts as a reader: until it has asked twice more, or has gone. */
const PRESENT_MS = 12_000;
/** What one answer holds before the rest is left to the next one, in characters: a region is never divided. */
const ANSWER_CHARACTERS = 1024 * 1024;

export interface AskingParts {
  readonly hub: Hub;
  readonly notices: Notices;
  readonly readers: ReaderCounts;
  readonly liveness: Liveness;
}

/**
 * Keeps pages current that ask, since they have no stream, or one of which nothing arrives. Between two questions nothing is
 * kept of a page but that it is there.
 */
export class Asking {
  readonly #parts: AskingParts;

  constructor(parts: AskingParts) {
    this.#parts = parts;
  }

  /** @throws Problem 503 `broker_unavailable` */
  async answer({ regions, cursor, id, onGone }: AskingPage): Promise<News> {
    const { hub, notices } = this.#parts;
    const given = parseCursor(cursor);
    if (given !== undefined) await hub.position.waitForPage(given, MAX_BEHIND_MS);
    const topics = regions.map(({ topic }) => topic);
    const liveTopics = await hub.topics.holdAll(topics);
    // Nothing is awaited from here on, so that what is read is of one moment.
    const now = hub.flush();
    const contents = regions.map((region, i) => hub.content("html", region, liveTopics[i]!));
    const isKnown = given !== undefined && hub.mistrust(given, "html") === undefined;
    const { html, upTo } = anew(contents, isKnown ? given.seq : -1);
    const reached = parseCursor(hub.cursor(upTo ?? now))!;
    hub.metrics.asks++;
    return {
      html,
      // Of the layout that the page was loaded with, so that it is still told of a newer one the next time.
      cursor: formatCursor({ ...reached, shell: given?.shell ?? reached.shell }),
      notice: notices.of(given !== undefined && given.shell !== reached.shell),
      ended: contents.every(({ ended }) => ended),
      id: this.#stay(liveTopics, id, onGone),
    };
  }

  /**
   * The page's topics stay for a while, so that their sources go on; and it counts as a reader where it has no stream.
   * @param onGone undefined for a page that has one
   */
  #stay(liveTopics: readonly LiveTopic[], id: string, onGone: AskingPage["onGone"]): string | undefined {
    const { hub, readers, liveness } = this.#parts;
    const topics: ReadonlySet<Topic> = new Set(liveTopics.map(({ topic }) => topic));
    const release = () => {
      for (const liveTopic of liveTopics) hub.topics.release(liveTopic);
    };
    if (onGone === undefined) {
      setTimeout(release, PRESENT_MS).unref();
      return undefined;
    }
    readers.add("html", topics);
    return liveness.asked(id, PRESENT_MS, () => {
      readers.remove("html", topics);
      release();
      onGone();
    });
  }
}

/**
 * The partials that bring a page to what its regions show now. Those that moved first come first: where there is too much for one
 * answer, the page has everything up to the last of them then, and the next answer brings the others.
 * @param since it has everything up to this seq; -1 where that is not known
 * @returns `upTo` where something was left out
 */
function anew(contents: readonly Content[], since: number): { html: string; upTo: number | undefined } {
  const moved = contents.filter(({ seq }) => seq > since).sort((a, b) => a.seq - b.seq);
  let html = "";
  let upTo = since;
  for (const content of moved) {
    if (html.length > ANSWER_CHARACTERS && content.seq > upTo) return { html, upTo };
    html += whole(content);
    upTo = content.seq;
  }
  return { html, upTo: undefined };
}

/** All that a region shows, whatever its reader has of it. */
function whole(content: Content): string {
  let html = "";
  let reached: Progress | undefined;
  do {
    const { parts, progress } = content.nextChunk(reached);
    for (const { data } of parts) html += data;
    reached = progress;
  } while (reached.itemsUpTo < content.seq);
  return html;
}
