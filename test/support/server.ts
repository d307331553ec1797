import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type AppParts, createApp } from "../../src/app.ts";
import { Broker } from "../../src/broker.ts";
import { MemoryLog } from "../../src/log/memory.ts";
import { Assets } from "../../src/routes/assets.ts";
import { createServer } from "../../src/server.ts";
import { Views } from "../../src/views.ts";

const root = join(import.meta.dirname, "..", "..");

export interface Options {
  /** A folder of templates; the repository's own by default. */
  views?: string;
  config?: Partial<AppParts["config"]>;
  heartbeat?: number;
  hasSource?: AppParts["hasSource"];
}

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly broker: Broker;
  readonly views: Views;
  readonly assets: Assets;
  /** What the server has told its log. */
  readonly errors: unknown[];
  close(): Promise<void>;
}

/** A copy of the repository's templates with these on top: `{ "widgets/price.eta": "…" }`. */
export function templates(files: Record<string, string>): string {
  const dir = join(mkdtempSync(join(tmpdir(), "brooklet-")), "views");
  cpSync(join(root, "views"), dir, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

/** The whole server in this process, on a port of its own, with a log in memory and no sources. */
export async function start({ views: dir = join(root, "views"), config, heartbeat, hasSource }: Options = {}) {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const assets = new Assets(join(root, "public"));
  const views = Views.load(dir, (name) => assets.url(name));
  const broker = await Broker.open({ log: new MemoryLog(), renderer: views, heartbeat, onError });
  const app = createApp({
    config: { hosts: [], corsOrigins: [], publishToken: undefined, ...config },
    broker,
    views: () => views,
    assets: () => assets,
    onError,
    ...(hasSource && { hasSource }),
  });
  const server = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    await broker.close();
  };
  return { url: `http://127.0.0.1:${port}`, port, broker, views, assets, errors, close } satisfies TestServer;
}
