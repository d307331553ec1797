import type { Topic } from "../core/topic.ts";

/** What nodes tell each other about who reads what. Versions differ while nodes are restarted: an unknown kind is ignored. */
export type Note =
  | { readonly kind: "watch"; readonly from: string; readonly topics: readonly Topic[] }
  | {
      readonly kind: "counts";
      readonly from: string;
      /** Whether those of the watched topics that are not in `pages` have none. Else they are as they were. */
      readonly whole: boolean;
      readonly pages: Readonly<Record<Topic, number>>;
    }
  /** `follow`: whether to be told as well when that changes, for the next few seconds. */
  | { readonly kind: "list"; readonly from: string; readonly id: string; readonly follow: boolean }
  | { readonly kind: "listed"; readonly from: string; readonly id: string; readonly topics: readonly TopicReaders[] }
  | { readonly kind: "changed" }
  | { readonly kind: "here"; readonly ids: readonly string[] }
  | { readonly kind: "left"; readonly id: string };

/** A topic that somebody reads. */
export interface TopicReaders {
  readonly topic: Topic;
  /** How many pages show it. */
  readonly pages: number;
  /** How many programs follow it. */
  readonly programs: number;
  /** Whether a source runs for it. */
  readonly source: boolean;
}

/** How often a node says again what it wants to be told. */
export const REPEAT_MS = 1_000;
/** After what time it is told nothing more, if it has not said so again. */
export const FORGET_MS = 5_000;
