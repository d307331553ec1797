import type { Tokens } from "./access/tokens.ts";
import type { Action } from "./actions/action.ts";
import type { Broker } from "./broker/broker.ts";
import type { Leases } from "./core/lease.ts";
import type { Topic } from "./core/topic.ts";
import type { PublishRate } from "./http/request/publish-rate.ts";
import type { FeatureRoutes } from "./http/routes/feature-routes.ts";
import type { PageData } from "./http/routes/pages.ts";
import type { Report } from "./ops/logger.ts";
import type { Metrics } from "./ops/metrics.ts";
import type { Sources } from "./sources/sources.ts";
import type { Wordings, Words } from "./words/words.ts";

/**
 * Something larger that is made of what authors have, and brings routes of its own. Features are listed where the engine is
 * started, and known nowhere else: not to the engine, and not to each other.
 */
export interface Feature {
  /** Its setting by this name, in capitals, switches it on and off. */
  readonly name: string;
  /** Its own pages among those under views/pages, by name. Where it is off, they answer 404. */
  readonly pages?: readonly string[];
  /** Pages at addresses of its own, by name: templates find them among `pages`, to lead there. Where an author has one of them, it is off. */
  readonly elsewhere?: readonly string[];
  /** The actions that are its own, by name. */
  readonly actions?: readonly string[];
  /** Widgets that show only what it publishes itself, by name: the gallery leaves them out. */
  readonly widgets?: readonly string[];
  /** What it says of itself, in English, for words.yaml to say otherwise: see `wordingsIn`. */
  readonly words?: Wordings;
  /** Makes it, before the server listens. Undefined: it is off, and nothing of it answers. */
  readonly create: ((parts: FeatureParts) => RunningFeature | Promise<RunningFeature>) | undefined;
}

/** What a feature is made with. */
export interface FeatureParts {
  readonly broker: Broker;
  /** Of this process, or of all nodes, as the log is. */
  readonly leases: Leases;
  readonly sources: Pick<Sources, "statuses" | "pause" | "resume">;
  /** The names of all that visitors can do. */
  readonly actions: ReadonlySet<string>;
  readonly metrics: Metrics;
  readonly tokens: Tokens;
  /** What a token or an address may publish a second, however it does. */
  readonly publishRate: PublishRate;
  /** Gives the site's words, which change with their file. */
  readonly words: () => Words;
  /** Gives the key that signs what must not be forged: another one once another log has taken this one's place. */
  readonly secret: () => string;
  /** Whether only the author can see the pages. */
  readonly development: boolean;
  /** Whether not everybody may read a topic: then nobody else is told its name, or what it holds. */
  readonly isPrivate: (topic: Topic) => boolean;
  readonly report: Report;
}

export interface RunningFeature extends FeatureRoutes {
  /** What its pages see as `data`, by their names. */
  readonly pages?: Readonly<Record<string, PageData>>;
  /** Those that the feature names; templates have forms of them as of an author's. */
  readonly actions?: Readonly<Record<string, Action>>;
  /** Called once the server listens. */
  readonly start?: () => void;
  /** Called when the server stops, before its streams end, so that these still send what this publishes. */
  readonly stop?: () => Promise<void>;
}

/** What all of them say of themselves, in English. */
export function wordingsOf(features: readonly Feature[]): Wordings {
  return Object.assign({}, ...features.map(({ words }) => words));
}
