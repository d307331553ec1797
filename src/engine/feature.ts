import type { Broker } from "./broker/broker.ts";
import type { Leases } from "./core/lease.ts";
import type { FeatureRoutes } from "./http/routes/feature-routes.ts";
import type { FeaturePage } from "./http/routes/pages.ts";
import type { Report } from "./ops/logger.ts";
import type { Views } from "./views/views.ts";

/**
 * Something larger that is made of what authors have, and brings routes of its own. Features are listed where the engine is
 * started, and known nowhere else: not to the engine, and not to each other.
 */
export interface Feature {
  /** Its setting by this name, in capitals, switches it on and off. */
  readonly name: string;
  /** The pages under views/pages that are its own: where it is off, they are not there. */
  readonly pages?: Readonly<Record<string, FeaturePage>>;
  /** Makes it, before the server listens. Undefined where it is off: nothing of it answers. */
  readonly create: ((parts: FeatureParts) => RunningFeature) | undefined;
}

/** What a feature is made with. */
export interface FeatureParts {
  readonly broker: Broker;
  /** As far as the log reaches: of this process, or of all nodes. */
  readonly leases: Leases;
  /** The templates as they are now: they change while the server runs. */
  readonly views: () => Views;
  readonly report: Report;
}

export interface RunningFeature extends FeatureRoutes {
  /** Called once the server listens. */
  readonly start?: () => void;
  /** Called when the server goes, while its streams still tell of what is ended here. */
  readonly stop?: () => Promise<void>;
}
