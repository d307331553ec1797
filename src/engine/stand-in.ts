import type { Settings } from "./config/settings.ts";
import { listen, urlOf } from "./http/listen/listen.ts";
import { createServer } from "./http/listen/server.ts";
import { loadKeyPair } from "./http/listen/tls.ts";
import { createStandIn } from "./http/stand-in-app.ts";
import type { Report } from "./ops/logger.ts";
import { Assets } from "./views/assets.ts";

export interface StandIn {
  /** For a person on this machine. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Listens in place of a server that an author's mistake keeps from starting, and shows the mistake. Of the author's it has, and
 * runs, nothing.
 * @throws SettingsError for what the operator has to mend
 */
export async function standIn(
  settings: Pick<Settings, "port" | "host" | "hosts" | "tls">,
  mistake: string,
  report: Report,
): Promise<StandIn> {
  const pair = settings.tls && loadKeyPair(settings.tls);
  const assets = new Assets("", { development: true });
  const app = createStandIn({ settings, mistake, assets });
  const web = createServer(app.callback(), {}, pair, { report });
  const url = urlOf(pair === undefined ? "http" : "https", settings.host, await listen(web, settings));
  const stop = async () => {
    web.close();
    web.closeAllConnections();
  };
  return { url, stop };
}
