import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, sep } from "node:path";
import { KIT_STYLE } from "../../kit/kit.ts";
import { CHARTS_CSS } from "../charts/style-sheet.ts";
import { Asset } from "./asset.ts";
import { BROKEN } from "./page-elements.ts";

/** The scripts that pages load, from node_modules and not from a CDN: a page needs nobody but this server. */
const PACKAGES = {
  "htmx.js": "htmx.org/dist/htmx.min.js",
  "sse.js": "htmx-ext-sse/dist/sse.min.js",
  "morph.js": "idiomorph/dist/idiomorph-ext.min.js",
};

/** What all sites have: read, and compressed, once in a process. */
let own: ReadonlyMap<string, Asset> | undefined;

/** The files that pages refer to, held in memory. */
export class Assets {
  readonly #assets: Map<string, Asset>;
  readonly #base: string;

  /**
   * @param dir all files in it are public, except those whose name, or folder, begins with a dot
   * @param options.base the path below which they are served; "" by default
   * @param options.before the files as they were: what has not changed since is not compressed again
   */
  constructor(dir: string, { base = "", before }: { base?: string; before?: Assets } = {}) {
    this.#base = base;
    own ??= new Map(ownFiles());
    this.#assets = new Map(own);
    // Pages need none of their own.
    const entries = existsSync(dir) ? readdirSync(dir, { recursive: true, withFileTypes: true }) : [];
    for (const entry of entries) {
      const file = join(entry.parentPath, entry.name);
      const path = file.slice(join(dir, sep).length);
      const hidden = path.split(sep).some((part) => part.startsWith("."));
      if (!entry.isFile() || hidden) continue;
      const name = path.replaceAll(sep, "/");
      const asset = new Asset(readFileSync(file));
      const known = before?.get(name);
      this.#assets.set(name, known?.hash === asset.hash ? known : asset);
    }
  }

  get(name: string): Asset | undefined {
    return this.#assets.get(name);
  }

  /** The address of a file. @throws Error if there is no such file: a template's mistake, found when it is loaded */
  url(name: string): string {
    const asset = this.#assets.get(name);
    if (asset === undefined)
      throw new Error(`there is no ${name} under public. Known: ${[...this.#assets.keys()].join(", ")}`);
    return `${this.#base}/assets/${asset.hash}/${name}`;
  }

  /**
   * Compresses all of them, the small ones first, which are soon done. One after the other: zlib's threads are also those that
   * read files and look up names for all else.
   */
  async compress(): Promise<void> {
    const small = [...this.#assets.values()].sort((one, other) => one.bytes.length - other.bytes.length);
    for (const asset of small) await asset.compress();
  }
}

function* ownFiles(): Generator<[string, Asset]> {
  const require = createRequire(import.meta.url);
  for (const [name, file] of Object.entries(PACKAGES)) yield [name, new Asset(readFileSync(require.resolve(file)))];
  for (const name of ["signs.css", "brooklet.css"]) {
    yield [name, new Asset(readFileSync(join(import.meta.dirname, name)))];
  }
  yield ["kit.css", new Asset(readFileSync(KIT_STYLE))];
  yield ["charts.css", new Asset(readFileSync(CHARTS_CSS))];
  yield ["broken.html", new Asset(Buffer.from(BROKEN))];
}
